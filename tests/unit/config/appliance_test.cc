#include "config/appliance.h"

#include "support/catch.h"

namespace gimbal {
namespace {

using nlohmann::json;

constexpr auto kContract = R"({
  "ports":   { "lan": {"device": "iface:s0"}, "wan": {"device": "iface:m0"} },
  "workers": { "cores": [1], "idle": "sleep" },
  "memory":  { "hugepages": false, "packets": 65536, "flows": 65536 },
  "control": { "listen": "127.0.0.1:8480" },
  "policy":  { "default": {"mode": "auto", "custody": "never"},
               "rules": [ {"match": {"prefix": "10.0.0.0/8", "port": 443}, "mode": "observe"} ] }
})";

ApplianceConfig contract() { return parse_appliance_config(kContract).value(); }

TEST_CASE("the contract's example reads as written", "[config][appliance]") {
  const auto config = contract();
  CHECK(config.lan.device == "iface:s0");
  CHECK(config.wan.device == "iface:m0");
  CHECK(config.workers.cores == std::vector<unsigned>{1});
  CHECK(config.workers.idle == Idle::sleep);
  CHECK(config.memory.packets == 65536);
  CHECK(config.control.port == 8480);
  REQUIRE(config.policy.rule_count == 1);
  const auto& rule = config.policy.rules[0];
  CHECK(rule.prefix == IpAddress::v4(10, 0, 0, 0));
  CHECK(rule.prefix_bits == 104);
  CHECK(rule.port == 443);
  CHECK(rule.mode == Mode::observe);
  CHECK(rule.custody == Custody::never);
}

TEST_CASE("ports alone are a configuration; the rest takes its defaults", "[config][appliance]") {
  const auto config = parse_appliance_config(
      R"({"ports": {"lan": {"device": "0000:3b:00.0"}, "wan": {"device": "net_tap0,iface=x"}}})");
  REQUIRE(config);
  const ApplianceConfig defaults;
  CHECK(config.value().workers.cores == defaults.workers.cores);
  CHECK(config.value().workers.idle == defaults.workers.idle);
  CHECK(config.value().memory.flows == defaults.memory.flows);
  CHECK(config.value().control.address == "127.0.0.1");
  CHECK(config.value().policy.fallback == Treatment{});
  CHECK_FALSE(config.value().allow_default_route);
}

TEST_CASE("a described configuration reads back the same", "[config][appliance]") {
  auto document = json::parse(kContract);
  document["ports"]["allow_default_route"] = true;
  document["workers"] = {{"cores", {3, 1, 2}}, {"idle", "spin"}};
  document["control"]["listen"] = "[::1]:0";
  document["policy"]["rules"].push_back(
      {{"match", {{"prefix", "2001:db8::/32"}}}, {"mode", "bypass"}});
  document["policy"]["rules"].push_back({{"match", json::object()}, {"mode", "auto"}});
  const auto first = parse_appliance_config(document.dump());
  REQUIRE(first);
  const auto text = describe(first.value());
  const auto second = parse_appliance_config(text.dump());
  REQUIRE(second);
  CHECK(describe(second.value()) == text);
  CHECK(text["policy"]["rules"][1]["match"]["prefix"] == "2001:db8::/32");
  CHECK(text["workers"]["cores"] == json{3, 1, 2});
}

TEST_CASE("a patch may change the policy", "[config][patch]") {
  auto current = contract();
  current.policy.generation = 7;
  current.policy.ceiling = Mode::observe;
  const auto patched = patch_appliance_config(
      current, json::parse(R"({"policy": {"default": {"mode": "bypass"}, "rules": null}})"));
  REQUIRE(patched);
  CHECK(patched.value().policy.fallback.mode == Mode::bypass);
  CHECK(patched.value().policy.rule_count == 0);
  CHECK(patched.value().policy.generation == 8);
  CHECK(patched.value().policy.ceiling == Mode::observe);
  CHECK(patched.value().lan.device == "iface:s0");
}

TEST_CASE("actuators are switched off by name and read back", "[config][patch]") {
  const auto config = parse_appliance_config(R"({
    "ports": {"lan": {"device": "iface:s0"}, "wan": {"device": "iface:m0"}}})");
  REQUIRE(config.ok());
  CHECK(config.value().policy.fallback.actuators == ActuatorSet{});
  const auto patched = patch_appliance_config(
      config.value(), json::parse(R"({"policy": {"without": ["ack-thinning", "prior"]}})"));
  REQUIRE(patched.ok());
  const ActuatorSet left = patched.value().policy.fallback.actuators;
  CHECK_FALSE(left.has(Actuator::ack_thinning));
  CHECK_FALSE(left.has(Actuator::prior));
  CHECK(left.has(Actuator::withholding));
  CHECK(describe(patched.value())["policy"]["without"] == json{"ack-thinning", "prior"});
}

TEST_CASE("a patch that repeats what stands elsewhere is taken", "[config][patch]") {
  CHECK(patch_appliance_config(contract(), json::parse(R"({"memory": {"packets": 65536}})")));
  CHECK(patch_appliance_config(contract(), json::object()));
}

TEST_CASE("a patch of anything but the policy names the path", "[config][patch]") {
  const auto message = [](const char* patch) {
    return patch_appliance_config(contract(), json::parse(patch)).error().message();
  };
  const std::string mend = ": cannot change while running: edit the file and restart";
  CHECK(message(R"({"memory": {"packets": 4096}})") == "memory.packets" + mend);
  CHECK(message(R"({"workers": {"cores": [0]}})") == "workers.cores[0]" + mend);
  CHECK(message(R"({"ports": {"lan": {"device": "iface:x"}}})") == "ports.lan.device" + mend);
  CHECK(message(R"({"control": {"listen": "127.0.0.1:1"}})") == "control.listen" + mend);
  CHECK(message(R"({"policy": {"default": {"mode": "bypass"}}, "memory": {"flows": 9}})") ==
        "memory.flows" + mend);
}

TEST_CASE("a patch is checked like a file", "[config][patch]") {
  const auto message = [](const char* patch) {
    return patch_appliance_config(contract(), json::parse(patch)).error().message();
  };
  CHECK(message(R"({"polcy": {}})") == "polcy: unknown key: did you mean 'policy'?");
  CHECK(message(R"({"policy": {"rules": [{"match": {"port": 70000}, "mode": "auto"}]}})") ==
        "policy.rules[0].match.port: 70000: must be 0 to 65535");
  CHECK(message(R"({"ports": {"lan": null}})") == "ports.lan: missing: add it");
  CHECK(message("[1]") == "document: an array: must be an object {...}");
  CHECK(message("null") == "document: null: must be an object {...}");
}

TEST_CASE("a file that is missing is one clear line", "[config][appliance]") {
  CHECK(load_appliance_config("no/such.json").error().message() ==
        "no/such.json: cannot open: No such file or directory");
}

}  // namespace
}  // namespace gimbal
