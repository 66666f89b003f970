#include "probe/whatif_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "probe/output.h"
#include "probe/page/text.h"
#include "probe/page/whatif_page.h"
#include "probe/whatif/experiment.h"

namespace gimbal::probe {

const char* const kWhatifExamples =
    "EDGE and CORE are scenarios of the emulator: names (see gimbal-impair --list) or files. Each "
    "is\n"
    "run without and with the appliance, in turns, on real TCP in network namespaces. Needs root;\n"
    "takes about rounds * 4 * (2 * seconds + 3) seconds. What is left on Ctrl-C: nothing.\n"
    "Examples:\n"
    "  gimbal-probe whatif nr-midband transatlantic --edge-token-ms 25 --core-token-ms 8\n"
    "  gimbal-probe whatif wifi-busy core.json --core-set delay_ms=20 --users 20 \\\n"
    "      --html whatif.html --require 'whatif.edge.on.ttft.p99<400ms'";

namespace {

using namespace whatif;

int fail(const Error& error, int code) {
  std::cerr << "gimbal-probe: " << error.message() << '\n';
  return code;
}

/// A folder for logs that goes when it is not to be kept.
class WorkFolder {
 public:
  explicit WorkFolder(std::string keep) : path_{std::move(keep)}, kept_{!path_.empty()} {
    if (kept_) return;
    std::string pattern = std::filesystem::temp_directory_path() / "gimbal-whatif-XXXXXX";
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~WorkFolder() {
    std::error_code ignored;
    if (!kept_ && !path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  bool kept_;
};

void print_answer(const Answer& answer) {
  std::printf("%-16s", "");
  for (const Site& site : answer.question.sites)
    for (const char* what : {"computing", "without", "with"})
      std::printf(" %17s", (site.name + " " + what).c_str());
  std::printf("\n");
  for (const AnswerRow& row : answer.rows) {
    const std::string name = row.metric + " " + row.what + "[" + row.unit + "]";
    std::printf("%-16s", name.c_str());
    for (std::size_t site = 0; site < kSites; ++site) {
      std::printf(" %17s", row.compute[site] > 0 ? page::number(row.compute[site]).c_str() : "");
      for (const Spread& cell : row.cells[site]) {
        const double half = (cell.high() - cell.low()) / 2;
        std::printf(" %17s", (page::number(cell.median()) + " +-" + page::number(half)).c_str());
      }
    }
    std::printf("\n");
  }
  for (const std::string& sentence : answer.sentences) std::printf("%s\n", sentence.c_str());
  std::fflush(stdout);
}

class Whatif final : public Command {
 public:
  void add_options(CLI::App& command) override;
  int run() override;

 private:
  void add_site(CLI::App& command, Site& site, double token_ms, double first_ms);
  Result<bool> check();
  void tell(const Turn& turn, const Trial& trial);
  int publish(const Answer& answer, const std::vector<Trial>& trials) const;

  Question question_;
  std::string judged_{"request.p99"};
  std::string html_;
  std::string json_;
  std::string keep_;
  bool quiet_{false};
  std::vector<std::string> required_;
  std::vector<Requirement> requirements_;
  Programs programs_;
  std::size_t told_{0};
};

void Whatif::add_site(CLI::App& command, Site& site, double token_ms, double first_ms) {
  const std::string prefix = "--" + site.name;
  const CLI::Range time{0.0, 60'000.0};
  site.token_ms = token_ms;
  site.first_ms = first_ms;
  command
      .add_option(prefix + "-token-ms," + prefix + "-compute-ms", site.token_ms,
                  "the " + site.name + " computes a token for so long")
      ->check(time);
  command
      .add_option(prefix + "-first-ms", site.first_ms,
                  "from a whole prompt to the first token, there")
      ->check(time);
  command.add_option(prefix + "-set", site.settings, "parameter of its scenario, name=value")
      ->take_all()
      ->allow_extra_args(false);
}

void Whatif::add_options(CLI::App& command) {
  command.option_defaults()->always_capture_default();
  Question& q = question_;
  q.sites[0].name = "edge";
  q.sites[1].name = "core";
  command.add_option("EDGE", q.sites[0].scenario, "path from the users to the edge")->required();
  command.add_option("CORE", q.sites[1].scenario, "path from the users to the core")->required();
  add_site(command, q.sites[0], 25, 250);
  add_site(command, q.sites[1], 8, 80);
  command.add_option("--users", q.users, "who generate at once")->check(CLI::Range(1, 10'000));
  command.add_option("--tokens", q.tokens, "of each answer")->check(CLI::Range(1, 100'000));
  command.add_option("--prompt-bytes", q.prompt_bytes, "of each request");
  command.add_option("--token-bytes", q.token_bytes, "of each token")
      ->check(CLI::Range(1, 1 << 20));
  command.add_option("--reads", q.reads, "parallel reads that gate a step")
      ->check(CLI::Range(1, 10'000));
  command.add_option("--read-bytes", q.read_bytes, "of each read")->check(CLI::Range(1, 1 << 30));
  command.add_option("--seconds", q.seconds, "of each of the two workloads in each run")
      ->check(CLI::Range(0.5, 3600.0));
  command.add_option("--rounds", q.rounds, "runs of each kind")->check(CLI::Range(1, 1000));
  command.add_option("--seed", q.seed, "of the paths");
  command.add_option("--cc", q.congestion, "congestion control of the sockets");
  command.add_option("--mode", q.mode, "of the appliance: auto, observe, bypass")
      ->check(CLI::IsMember({"auto", "observe", "bypass"}));
  command.add_option("--custody", q.custody, "of the appliance: never, when-unsteady, always")
      ->check(CLI::IsMember({"never", "when-unsteady", "always"}));
  command.add_option("--judge", judged_, "the number that decides: request.p99, ttft.p50 ...");
  command
      .add_option("--require", required_,
                  "exit 1 unless met, as whatif.edge.on.ttft.p99<400ms; repeatable")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("--html", html_, "write the page to this file");
  command.add_option("--json", json_, "write the answer to this file");
  command.add_option("--keep", keep_, "keep configurations, logs and results in this folder");
  command.add_flag("--quiet", quiet_, "no lines of progress");
}

/// Everything that can be wrong before the first run: exit 2.
Result<bool> Whatif::check() {
  auto requirements = parse_requirements(required_);
  if (!requirements) return requirements.error();
  requirements_ = std::move(requirements.value());
  if (const auto known = find_judged(question_, judged_); !known) return known.error();
  for (const Requirement& requirement : requirements_)
    if (const auto known = check_name(question_, requirement.figure_of("whatif", "whatif")); !known)
      return Error{"--require " + requirement.text, known.error().what};
  auto programs = find_programs();
  if (!programs) return programs.error();
  programs_ = std::move(programs.value());
  for (const Site& site : question_.sites)
    if (auto checked = check_scenario(programs_, site); !checked) return checked.error();
  return true;
}

void Whatif::tell(const Turn& turn, const Trial& trial) {
  ++told_;
  if (quiet_) return;
  const auto request = probe::find_figure(trial.tokens, "request.p99");
  const double value = request ? request.value().value : 0;
  std::fprintf(stderr,
               "gimbal-probe: %zu of %u: round %u, %s %s the appliance: request p99 %s ms\n", told_,
               question_.rounds * 4, turn.round + 1, question_.sites[turn.site].name.c_str(),
               turn.box == 0 ? "without" : "with", page::number(value).c_str());
}

int Whatif::publish(const Answer& answer, const std::vector<Trial>& trials) const {
  print_answer(answer);
  std::vector<page::Check> checks;
  bool good = true;
  for (const Requirement& requirement : requirements_) {
    const Judgement judgement =
        judge(requirement, whatif::find_figure(answer, requirement.figure_of("whatif", "whatif")));
    checks.push_back(
        {judgement.met ? requirement.text : complaint(requirement, judgement), judgement.met});
    if (judgement.met) continue;
    std::cerr << "gimbal-probe: " << checks.back().text << '\n';
    good = false;
  }
  if (!json_.empty()) good = write_file(json_, to_json(answer).dump(2) + "\n") && good;
  if (!html_.empty()) good = write_file(html_, page::whatif_page(answer, trials, checks)) && good;
  return good ? 0 : 1;
}

int Whatif::run() {
  if (const auto checked = check(); !checked) return fail(checked.error(), 2);
  if (::geteuid() != 0) return fail({"whatif", "network namespaces need root: run it as root"}, 1);
  const WorkFolder folder{keep_};
  if (folder.path().empty()) return fail({"whatif", "no folder for temporary files"}, 1);
  sweep_namespaces();
  auto trials = run_trials(programs_, question_, folder.path(),
                           [this](const Turn& turn, const Trial& trial) { tell(turn, trial); });
  if (!trials) return fail(trials.error(), 1);
  const auto answer = find_answer(question_, trials.value(), judged_);
  if (!answer) return fail(answer.error(), 1);
  return publish(answer.value(), trials.value());
}

}  // namespace

std::unique_ptr<Command> make_whatif() { return std::make_unique<Whatif>(); }

}  // namespace gimbal::probe
