// gimbal-probe: load shaped like inference traffic, on kernel sockets, and its tail latency.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "probe/barrier.h"
#include "probe/bulk.h"
#include "probe/requirement.h"
#include "probe/server.h"

namespace {

using namespace gimbal;
using namespace gimbal::probe;

constexpr int kUsage = 2;

int fail(const Error& error, int code) {
  std::cerr << "gimbal-probe: " << error.message() << '\n';
  return code;
}

struct Options {
  std::string address;
  std::string json_path;
  std::vector<std::string> required;
  BarrierPlan barrier;
  BulkPlan bulk;
};

int publish(const Result<nlohmann::json>& result, const Options& options,
            const std::vector<Requirement>& requirements) {
  if (!result) return fail(result.error(), 1);
  const nlohmann::json& json = result.value();
  if (!options.json_path.empty()) {
    std::ofstream file{options.json_path};
    file << json.dump() << '\n';
    if (!file.flush()) return fail({options.json_path, "cannot be written"}, 1);
  }
  nlohmann::json summary = json;
  summary.erase("rounds_ms");
  summary.erase("flows");
  std::cout << summary.dump(2) << '\n';
  bool met = true;
  for (const Requirement& requirement : requirements)
    if (!is_met(requirement, json)) {
      met = false;
      std::cerr << "gimbal-probe: not met: " << requirement.text << '\n';
    }
  const bool spoiled = options.bulk.verify && !json.value("verified", true);
  if (spoiled) std::cerr << "gimbal-probe: the bytes received are not the bytes sent\n";
  return met && !spoiled && json.value("complete", true) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app{"Inference-shaped load and tail latency"};
  app.require_subcommand(1);
  auto* server = app.add_subcommand("server", "answer barrier and bulk clients");
  server->add_option("--listen", o.address, "ADDR:PORT")->required();
  auto* barrier = app.add_subcommand("barrier", "parallel reads; a step waits for the last");
  barrier->add_option("--reads", o.barrier.reads, "connections")->check(CLI::Range(1, 10000));
  barrier->add_option("--bytes", o.barrier.bytes, "of each answer")->check(CLI::Range(1, 1 << 30));
  barrier->add_option("--rounds", o.barrier.rounds, "steps")->check(CLI::Range(1, 1 << 24));
  auto* bulk = app.add_subcommand("bulk", "flows as fast as they go");
  bulk->add_flag("--upload", o.bulk.upload, "the client sends (default: the server)");
  bulk->add_option("--seconds", o.bulk.seconds, "duration")->check(CLI::Range(0.1, 86400.0));
  bulk->add_option("--total", o.bulk.total, "bytes of each flow, instead of a duration");
  bulk->add_option("--limit", o.bulk.limit, "seconds a transfer by --total may take");
  bulk->add_option("--flows", o.bulk.flows, "how many at once")->check(CLI::Range(1, 1000));
  bulk->add_option("--seed", o.bulk.seed, "of the content");
  bulk->add_flag("--verify", o.bulk.verify, "compare every byte received");
  for (auto* client : {barrier, bulk}) {
    client->add_option("--connect", o.address, "ADDR:PORT")->required();
    client->add_option("--cc", client == barrier ? o.barrier.congestion : o.bulk.congestion,
                       "congestion control of the sockets");
    client->add_option("--json", o.json_path, "write everything measured to this file");
    client->add_option("--require", o.required, "fail unless met, as barrier.p99<60ms");
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  const auto address = parse_address(o.address);
  if (!address) return fail(address.error(), kUsage);
  std::vector<Requirement> requirements;
  for (const std::string& text : o.required) {
    const auto requirement = parse_requirement(text);
    if (!requirement) return fail(requirement.error(), kUsage);
    requirements.push_back(requirement.value());
  }
  watch_signals();
  if (server->parsed()) {
    const auto ran = run_server(address.value());
    return ran ? 0 : fail(ran.error(), 1);
  }
  o.barrier.server = o.bulk.server = address.value();
  return publish(barrier->parsed() ? run_barrier(o.barrier) : run_bulk(o.bulk), o, requirements);
}
