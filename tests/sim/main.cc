#include <tbb/parallel_for.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "sim/drawn_report.h"
#include "sim/request.h"
#include "sim/rows_csv.h"
#include "sim/sharing.h"
#include "sim/table.h"

namespace {

using namespace gimbal;
using namespace gimbal::sim;

constexpr const char* kExamples =
    "Examples:\n"
    "  gimbal-sim --profile loss1,reorder15ms --box off,auto --seeds 3\n"
    "  gimbal-sim --profile all --box off --seconds 10        how real the model is\n"
    "  gimbal-sim --profile loss1 --box auto --trace loss1.csv\n"
    "  gimbal-sim --profile loss0.1,wifi --direction up     uploads: the box beside the receiver\n"
    "  gimbal-sim --profile loss1 --limit thin_gap=5ms --limit tries=4   other constants\n"
    "  gimbal-sim --profile congested --bystander-at 0 --bystander-cc bbr --udp --seconds 45\n"
    "  gimbal-sim --drawn 100 --sender cubic,bbr --box off,auto    paths nobody chose\n"
    "  gimbal-sim --profile loss1 --bytes 10000,1000000 --seeds 50   short flows\n";

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

std::string report(const Request& request, const std::vector<Row>& rows) {
  if (!request.bytes.empty()) return print_completion(rows);
  return print_table(rows) + print_sharing(rows) + print_realism(rows) +
         (request.drawn > 0 ? print_drawn(rows) : "");
}

}  // namespace

int main(int argc, char** argv) {
  Request request;
  CLI::App app{"Model TCP over modelled paths on a virtual clock, with and without Gimbal."};
  app.footer(kExamples);
  CLI::Option* const named = app.add_option("--profile", request.profiles, "paths by name, or all");
  named->delimiter(',');
  CLI::Option* const drawn =
      app.add_option("--drawn", request.drawn, "so many paths drawn at random");
  drawn->excludes(named)->check(CLI::Range(1, 100'000));
  app.add_option("--first-path", request.first_path, "number of the first drawn path")
      ->needs(drawn);
  app.add_option("--sender", request.senders, "cubic, reno, bbr")->delimiter(',');
  app.add_flag("--paced", request.paced, "senders' stacks pace CUBIC and Reno, as fq does");
  app.add_option("--receiver", request.receiver,
                 "linux, windows, no-sack, no-timestamps, bare, tiny-window, huge-window, "
                 "slow-ack, each-segment");
  app.add_option("--box", request.boxes, "off, bypass, observe, auto, unsteady, custody")
      ->delimiter(',');
  app.add_option("--seeds", request.seeds, "runs per cell")->check(CLI::Range(1, 1000));
  app.add_option("--first-seed", request.first_seed, "seed of the first run");
  app.add_option("--seconds", request.seconds, "virtual length of a run")
      ->check(CLI::Range(0.1, 3600.0));
  app.add_option("--starts", request.starts, "second at which the flow behind the box starts");
  app.add_option("--bystander-at", request.bystander_at,
                 "plain flows past the box over the same bottleneck, from this second on");
  app.add_option("--bystanders", request.bystanders, "how many of each kind")
      ->check(CLI::Range(1, 64));
  app.add_option("--bystander-cc", request.bystander_senders, "their kinds: cubic, reno, bbr")
      ->delimiter(',');
  app.add_flag("--udp", request.datagrams, "a 1 Mb/s datagram stream beside the flows");
  app.add_option("--bytes", request.bytes, "short flows of this size: time to complete")
      ->delimiter(',');
  app.add_option("--flows", request.flows, "so many of them one after another in each run")
      ->check(CLI::Range(1, 1000));
  app.add_option("--direction", request.direction,
                 "down: the box stands before the path of the data; up: behind it")
      ->check(CLI::IsMember({"down", "up"}));
  app.add_flag("--counters", request.counters, "what the boxes counted, after the table");
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
    std::fputs(report(request, rows).c_str(), stdout);
    if (request.counters) std::fputs(print_counters(rows).c_str(), stdout);
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
