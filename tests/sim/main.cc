#include <tbb/parallel_for.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "sim/named_limits.h"
#include "sim/rows_csv.h"
#include "sim/table.h"

namespace {

using namespace gimbal;
using namespace gimbal::sim;

struct Request {
  std::vector<std::string> profiles{"all"};
  std::vector<std::string> senders{"cubic"};
  std::vector<std::string> boxes{"off", "auto"};
  std::uint64_t seeds{1};
  std::uint64_t first_seed{1};
  double seconds{10};
  double bystander_at{-1};
  std::string direction{"down"};
  std::string trace;
  std::vector<std::string> without;
  std::vector<std::string> limits;
  std::string csv;
};

constexpr const char* kExamples =
    "Examples:\n"
    "  gimbal-sim --profile loss1,reorder15ms --box off,auto --seeds 3\n"
    "  gimbal-sim --profile all --box off --seconds 10        how real the model is\n"
    "  gimbal-sim --profile loss1 --box auto --trace loss1.csv\n"
    "  gimbal-sim --profile loss0.1,wifi --direction up     uploads: the box beside the receiver\n"
    "  gimbal-sim --profile loss1 --limit thin_gap=5ms --limit tries=4   other constants\n"
    "  gimbal-sim --profile congested --bystander-at 0 --seconds 45\n";

BoxKind box_named(const std::string& name) {
  for (const BoxKind kind : {BoxKind::off, BoxKind::bypass, BoxKind::observe, BoxKind::repair})
    if (to_string(kind) == name) return kind;
  throw CLI::ValidationError("--box", name + " is none of off, bypass, observe, auto");
}

Algorithm sender_named(const std::string& name) {
  for (const Algorithm a : {Algorithm::cubic, Algorithm::reno, Algorithm::bbr})
    if (to_string(a) == name) return a;
  throw CLI::ValidationError("--sender", name + " is none of cubic, reno, bbr");
}

ActuatorSet actuators_without(const std::vector<std::string>& names) {
  ActuatorSet all;
  for (const std::string& name : names) {
    const auto found = std::find(kActuatorNames.begin(), kActuatorNames.end(), name);
    if (found == kActuatorNames.end())
      throw CLI::ValidationError("--without", "no actuator is called " + name);
    all.remove(static_cast<Actuator>(found - kActuatorNames.begin()));
  }
  return all;
}

RepairLimits limits_with(const std::vector<std::string>& assignments) {
  RepairLimits limits;
  for (const std::string& assignment : assignments)
    if (const std::string wrong = set_limit(limits, assignment); !wrong.empty())
      throw CLI::ValidationError("--limit", wrong);
  return limits;
}

std::vector<Profile> profiles_named(const std::vector<std::string>& names) {
  if (names == std::vector<std::string>{"all"}) {
    std::vector<Profile> measured;
    for (const Profile& p : profiles())
      if (p.measured_cubic > 0) measured.push_back(p);
    return measured;
  }
  std::vector<Profile> out;
  for (const std::string& name : names) {
    const auto found = find_profile(name);
    if (!found) throw CLI::ValidationError("--profile", "no profile is called " + name);
    out.push_back(*found);
  }
  return out;
}

std::vector<Row> matrix(const Request& request) {
  std::vector<Row> rows;
  for (const Profile& profile : profiles_named(request.profiles))
    for (const std::string& sender : request.senders)
      for (const std::string& box : request.boxes)
        for (std::uint64_t i = 0; i < request.seeds; ++i) {
          Scenario s;
          s.profile = profile;
          s.algorithm = sender_named(sender);
          s.box = box_named(box);
          s.flow = request.direction == "up" ? Flow::up : Flow::down;
          s.actuators = actuators_without(request.without);
          s.limits = limits_with(request.limits);
          s.seed = request.first_seed + i;
          s.lasts = Nanos::from_ms(request.seconds * 1000);
          if (request.bystander_at >= 0)
            s.bystander = Bystander{Algorithm::cubic, Nanos::from_ms(request.bystander_at * 1000)};
          rows.push_back({s, {}});
        }
  return rows;
}

void trace_first(Row& row, const std::string& path) {
  std::ofstream csv{path};
  if (!csv) throw CLI::FileError(path + " cannot be written");
  csv << "t_s,cwnd_segments,srtt_ms,in_flight_segments,rwnd_bytes,goodput_mbit,far_window_bytes,"
         "queue_bytes\n";
  row.outcome = run(row.scenario, [&](const Sample& s) {
    csv << static_cast<double>(s.at.ns()) * 1e-9 << ',' << s.window << ',' << s.srtt.to_ms() << ','
        << s.in_flight << ',' << s.peer_window << ',' << s.goodput_mbit << ',' << s.far_window
        << ',' << s.queue_bytes << '\n';
  });
}

}  // namespace

int main(int argc, char** argv) {
  Request request;
  CLI::App app{"Model TCP over modelled paths on a virtual clock, with and without Gimbal."};
  app.footer(kExamples);
  app.add_option("--profile", request.profiles, "paths by name, or all")->delimiter(',');
  app.add_option("--sender", request.senders, "cubic, reno, bbr")->delimiter(',');
  app.add_option("--box", request.boxes, "off, bypass, observe, auto")->delimiter(',');
  app.add_option("--seeds", request.seeds, "runs per cell")->check(CLI::Range(1, 1000));
  app.add_option("--first-seed", request.first_seed, "seed of the first run");
  app.add_option("--seconds", request.seconds, "virtual length of a run")
      ->check(CLI::Range(0.1, 3600.0));
  app.add_option("--bystander-at", request.bystander_at,
                 "a second plain CUBIC flow past the box, from this second on");
  app.add_option("--direction", request.direction,
                 "down: the box stands before the path of the data; up: behind it")
      ->check(CLI::IsMember({"down", "up"}));
  app.add_option("--without", request.without, "actuators to switch off (ack-thinning, ...)")
      ->delimiter(',');
  app.add_option("--trace", request.trace, "time series of the first cell, as CSV");
  app.add_option("--limit", request.limits, "a constant of the engine, as name=value; ? names all");
  app.add_option("--csv", request.csv, "write the table's rows to this file, for programs");
  try {
    app.parse(argc, argv);
    std::vector<Row> rows = matrix(request);
    const std::size_t first = request.trace.empty() ? 0 : 1;
    if (first == 1) trace_first(rows.front(), request.trace);
    tbb::parallel_for(first, rows.size(),
                      [&](std::size_t i) { rows[i].outcome = run(rows[i].scenario); });
    std::fputs((print_table(rows) + print_realism(rows)).c_str(), stdout);
    if (!request.csv.empty() && !(std::ofstream{request.csv} << rows_csv(rows)))
      throw CLI::FileError(request.csv + " cannot be written");
    for (const Row& row : rows)
      if (row.outcome.violations > 0 || row.outcome.damaged) return 1;
    return 0;
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
}
