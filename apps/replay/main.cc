// gimbal-replay: the appliance's pipeline over captures, without DPDK and without ports.
#include <tbb/parallel_for.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "config/appliance.h"
#include "replay/report.h"

namespace {

using namespace gimbal;
using namespace gimbal::replay;

constexpr int kFailure = 1;
constexpr int kUsage = 2;

constexpr const char* kExamples =
    "The side that sent the first SYN is taken for the client, outside on wan; say otherwise with\n"
    "--client-lan, --lan or --lan-mac. The captured ends cannot react to what is done here, so "
    "the\n"
    "verdicts come from a pass that changes nothing, fates and deeds from one as the policy "
    "says.\n\n"
    "Examples:\n"
    "  gimbal-replay slow.pcap                     fates, flows and their verdicts\n"
    "  gimbal-replay slow.pcap --packets | less    what becomes of every packet\n"
    "  gimbal-replay *.pcap --json all.json        many at once, for a program\n"
    "  gimbal-replay in.pcap --out out.pcap        what would have left the appliance\n"
    "  gimbal-replay in.pcap --lan 10.0.0.0/8 --config gimbal.json\n";

struct Arguments {
  std::vector<std::string> captures;
  std::string lan;
  std::string lan_mac;
  bool client_lan{false};
  std::string config;
  std::string json;
  std::string out;
  bool packets{false};
};

int fail(const Error& error, int code) {
  std::cerr << "gimbal-replay: " << error.message() << '\n';
  return code;
}

Result<Plan> plan_of(const Arguments& arguments) {
  Plan plan;
  plan.keep_packets = arguments.packets;
  plan.output = arguments.out;
  plan.policy.generation = 1;
  plan.cables.client_on_lan = arguments.client_lan;
  if (!arguments.out.empty() && arguments.captures.size() > 1)
    return Error{"--out", "takes one capture at a time; give one input"};
  if (!arguments.lan.empty()) {
    const auto prefix = parse_ip_prefix(arguments.lan);
    if (!prefix) return Error{"--lan", prefix.error().what};
    plan.cables.by = CableRule::By::prefix;
    plan.cables.prefix = prefix.value();
  }
  if (!arguments.lan_mac.empty()) {
    const auto mac = parse_mac(arguments.lan_mac);
    if (!mac) return mac.error();
    plan.cables.by = CableRule::By::mac;
    plan.cables.mac = mac.value();
  }
  if (!arguments.config.empty()) {
    const auto config = load_appliance_config(arguments.config);
    if (!config) return config.error();
    plan.policy = config.value().policy;
    plan.policy.generation = 1;
    plan.flows = config.value().memory.flows;
    plan.packets = config.value().memory.packets;
  }
  return plan;
}

bool write_json(const std::string& path, const nlohmann::json& json) {
  if (path == "-") return static_cast<bool>(std::cout << json.dump(2) << '\n');
  std::ofstream file{path};
  file << json.dump(2) << '\n';
  return static_cast<bool>(file.flush());
}

int run(const Arguments& arguments) {
  const auto plan = plan_of(arguments);
  if (!plan) return fail(plan.error(), kUsage);
  std::vector<std::optional<Result<Account>>> results(arguments.captures.size());
  tbb::parallel_for(std::size_t{0}, results.size(), [&](std::size_t i) {
    results[i].emplace(replay::replay(arguments.captures[i], plan.value()));
  });
  int code = 0;
  nlohmann::json json = nlohmann::json::array();
  for (const auto& result : results) {
    if (!*result) {
      code = fail(result->error(), kUsage);
      continue;
    }
    const Account& account = result->value();
    if (arguments.json != "-") std::fputs(print(account).c_str(), stdout);
    if (!arguments.json.empty()) json.push_back(to_json(account));
    if (!account.damage.empty() || account.refused > 0) code = std::max(code, kFailure);
  }
  if (!arguments.json.empty() && !write_json(arguments.json, json))
    return fail({arguments.json, "cannot be written"}, kFailure);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{
      "Runs Gimbal's pipeline over captures and tells each packet's fate and each flow's verdict."};
  app.footer(kExamples);
  app.add_option("captures", arguments.captures, "pcap or pcapng files, Ethernet")->required();
  auto* lan = app.add_option("--lan", arguments.lan, "prefix of the hosts on the lan cable");
  auto* mac = app.add_option("--lan-mac", arguments.lan_mac, "Ethernet address on the lan cable");
  auto* client = app.add_flag("--client-lan", arguments.client_lan, "the first SYN came from lan");
  lan->excludes(mac)->excludes(client);
  mac->excludes(client);
  app.add_option("--config", arguments.config, "appliance configuration: its policy and memory");
  app.add_option("--json", arguments.json, "write the account as JSON; - for standard output");
  app.add_option("--out", arguments.out, "write what would have left, as a capture");
  app.add_flag("--packets", arguments.packets, "each packet's fate");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return fail({"", std::string{error.what()} + " (see --help)"}, kUsage);
  }
  return run(arguments);
}
