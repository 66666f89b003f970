#include <tbb/parallel_for.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sim/recorded_case.h"
#include "sim/verdict_run.h"

namespace {

using namespace gimbal;
using namespace gimbal::sim;

constexpr const char* kHead =
    "t_ms,rtt_ms,base_ms,queue_ms,offered,congestive,random_losses,overtaken,data_jitter_ms,"
    "ack_jitter_ms,dark_ms,loses,reorders,delivered,active,verdict,floor_ms,seen_base_ms,reason\n";

/// One file for a run: CASE-SENDER-BOX-SEED.csv.
std::string name_of(const VerdictRun& run) {
  return run.question->name + "-" + std::string{to_string(run.algorithm)} + "-" +
         std::string{to_string(run.box)} + "-" + std::to_string(run.seed) + ".csv";
}

void hold(const VerdictRun& what, const std::filesystem::path& folder) {
  std::ofstream csv{folder / name_of(what)};
  if (!csv) throw CLI::FileError((folder / name_of(what)).string() + " cannot be written");
  csv << kHead;
  run(what, [&](const VerdictSample& s) {
    const PathSample& t = s.truth;
    csv << (s.at - Instant{}).to_ms() << ',' << t.rtt_ms << ',' << t.base_ms << ',' << t.queue_ms
        << ',' << t.offered << ',' << t.congestive << ',' << t.random_losses << ',' << t.overtaken
        << ',' << t.data_jitter_ms << ',' << t.ack_jitter_ms << ',' << t.dark_ms << ','
        << s.loses_at_random << ',' << s.reorders << ',' << s.delivered << ',' << s.active << ','
        << s.verdict << ',' << s.floor_ms << ',' << s.base_ms << ",\"" << s.reason << "\"\n";
  });
}

Algorithm sender_named(const std::string& name) {
  for (const Algorithm a : {Algorithm::cubic, Algorithm::reno, Algorithm::bbr})
    if (to_string(a) == name) return a;
  throw CLI::ValidationError("--sender", name + " is none of cubic, reno, bbr");
}

BoxKind box_named(const std::string& name) {
  for (const BoxKind kind : {BoxKind::observe, BoxKind::repair})
    if (to_string(kind) == name) return kind;
  throw CLI::ValidationError("--box", name + " is neither observe nor auto");
}

/// The cases that are wanted by name, then one for each trace.
std::vector<VerdictCase> chosen(const std::vector<std::string>& names,
                                const std::vector<std::string>& traces) {
  const bool all = names == std::vector<std::string>{"all"};
  std::vector<VerdictCase> out;
  for (const VerdictCase& each : verdict_cases())
    if (all || std::find(names.begin(), names.end(), each.name) != names.end()) out.push_back(each);
  if (out.empty() && names != std::vector<std::string>{"none"})
    throw CLI::ValidationError("--case", "no such case; --list names them");
  for (const std::string& file : traces) {
    auto recorded = recorded_case(file);
    if (!recorded) throw CLI::ValidationError("--trace", recorded.error().message());
    out.push_back(std::move(recorded.value()));
  }
  if (out.empty()) throw CLI::ValidationError("--case", "none, and no --trace");
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> cases{"all"}, senders{"cubic"}, boxes{"observe", "auto"}, traces;
  std::uint64_t seeds = 1;
  double seconds = 20;
  std::string folder;
  bool list = false;
  CLI::App app{"The judge's verdict beside the emulator's truth, each 10 ms, on a virtual clock."};
  app.add_option("--case", cases, "by name, or all, or none")->delimiter(',');
  app.add_option("--trace", traces, "a recorded link as a case: Mahimahi's, or t_s,mbit in a .csv")
      ->delimiter(',');
  app.add_option("--sender", senders, "cubic, reno, bbr")->delimiter(',');
  app.add_option("--box", boxes, "observe, auto")->delimiter(',');
  app.add_option("--seeds", seeds, "runs per cell")->check(CLI::Range(1, 1000));
  app.add_option("--seconds", seconds, "virtual length of a run")->check(CLI::Range(0.1, 600.0));
  app.add_option("--out", folder, "folder for one CSV a run");
  app.add_flag("--list", list, "name the cases");
  try {
    app.parse(argc, argv);
    if (list) {
      for (const VerdictCase& each : verdict_cases())
        std::printf("%-18s %s\n", each.name.c_str(), each.says.c_str());
      return 0;
    }
    if (folder.empty()) throw CLI::RequiredError("--out");
    const std::vector<VerdictCase> questions = chosen(cases, traces);
    std::vector<VerdictRun> runs;
    for (const VerdictCase& each : questions)
      for (const std::string& sender : senders)
        for (const std::string& box : boxes)
          for (std::uint64_t seed = 1; seed <= seeds; ++seed)
            runs.push_back({&each, sender_named(sender), box_named(box), seed,
                            Nanos::from_ms(seconds * 1000)});
    std::filesystem::create_directories(folder);
    tbb::parallel_for(std::size_t{0}, runs.size(), [&](std::size_t i) { hold(runs[i], folder); });
    std::printf("%zu runs in %s\n", runs.size(), folder.c_str());
    return 0;
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
}
