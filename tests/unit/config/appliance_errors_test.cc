#include <string>
#include <vector>

#include "config/appliance.h"
#include "config/schema.h"
#include "support/catch.h"

namespace gimbal {
namespace {

using nlohmann::json;

/// One slip in an otherwise good configuration. `in_schema`: the published schema sees it too.
struct Slip {
  const char* pointer;
  json value;  ///< Discarded: the member is removed.
  const char* message;
  bool in_schema;
};

const json kRemoved = json::value_t::discarded;

json good() {
  return json::parse(R"({
    "ports": {"lan": {"device": "iface:s0"}, "wan": {"device": "iface:m0"}},
    "workers": {"cores": [1], "idle": "sleep"},
    "memory": {"hugepages": false, "packets": 65536, "flows": 65536},
    "control": {"listen": "127.0.0.1:8480"},
    "policy": {"default": {"mode": "auto", "custody": "never"},
               "rules": [{"match": {"prefix": "10.0.0.0/8", "port": 443}, "mode": "observe"}]}})");
}

json too_many_rules() { return json(257, json{{"match", json::object()}, {"mode", "auto"}}); }

std::vector<Slip> slips() {
  const auto* const kDevice =
      "must be iface:NAME, a PCI address such as 0000:3b:00.0, or net_... (vdev)";
  static const std::string kBadDevice = "ports.lan.device: 'eth0': " + std::string{kDevice};
  static const std::string kBadPci = "ports.lan.device: '0000:3b:00.8': " + std::string{kDevice};
  return {
      {"/ports", kRemoved, "ports: missing: add it", true},
      {"/ports/wan", kRemoved, "ports.wan: missing: add it", true},
      {"/ports/lan/device", kRemoved, "ports.lan.device: missing: add it", true},
      {"/ports/lan/device", 5, "ports.lan.device: 5: must be a text in quotes", true},
      {"/ports/lan/device", "", "ports.lan.device: 0 characters: must have 1 to 256", true},
      {"/ports/lan/device", "eth0", kBadDevice.c_str(), false},
      {"/ports/lan/device", "0000:3b:00.8", kBadPci.c_str(), false},
      {"/ports/lan/device", "iface:sixteen-letters-",
       "ports.lan.device: 'iface:sixteen-letters-': the name after 'iface:' must be an interface, "
       "1 "
       "to 15 characters",
       false},
      {"/ports/lan/device", "iface:a/b",
       "ports.lan.device: 'iface:a/b': the name after 'iface:' must be an interface, 1 to 15 "
       "characters",
       false},
      {"/ports/wan/device", "iface:s0",
       "ports.wan.device: 'iface:s0': also ports.lan.device: name another", false},
      {"/ports/lan", "iface:s0", "ports.lan: 'iface:s0': must be an object {...}", true},
      {"/ports/allow_default_route", "yes",
       "ports.allow_default_route: 'yes': must be true or false", true},
      {"/ports/mgmt", json::object(),
       "ports.mgmt: unknown key: remove it (known here: lan, wan, "
       "allow_default_route)",
       true},
      {"/worker", json::object(), "worker: unknown key: did you mean 'workers'?", true},
      {"/workers/cores", json::array(), "workers.cores: 0 entries: must have 1 to 64", true},
      {"/workers/cores", 1, "workers.cores: 1: must be an array [...]", true},
      {"/workers/cores", {1, 1}, "workers.cores[1]: 1: given twice: one worker per core", true},
      {"/workers/cores", {-1}, "workers.cores[0]: -1: must be 0 to 1023", true},
      {"/workers/cores", {0.5}, "workers.cores[0]: 0.5: must be a whole number, 0 to 1023", true},
      {"/workers/idle", "nap", "workers.idle: 'nap': must be one of 'spin', 'sleep'", true},
      {"/memory/packets", -5, "memory.packets: -5: must be 1024 to 8388608", true},
      {"/memory/packets", 1e10,
       "memory.packets: 10000000000.0: must be a whole number, 1024 to "
       "8388608",
       true},
      {"/memory/flows", 0, "memory.flows: 0: must be 1 to 16777216", true},
      {"/memory/hugepages", 1, "memory.hugepages: 1: must be true or false", true},
      {"/memory/hugepage", true, "memory.hugepage: unknown key: did you mean 'hugepages'?", true},
      {"/control/listen", "0.0.0.0:8480",
       "control.listen: '0.0.0.0:8480': not a loopback address: use 127.0.0.1 or [::1] (no "
       "authentication in this version)",
       false},
      {"/control/listen", "8480",
       "control.listen: '8480': must be ADDRESS:PORT such as 127.0.0.1:8480 or [::1]:8480", false},
      {"/control/listen", 8480, "control.listen: 8480: must be a text in quotes", true},
      {"/policy", json::array(), "policy: an array: must be an object {...}", true},
      {"/policy/default/mode", "repair",
       "policy.default.mode: 'repair': must be one of 'bypass', 'observe', 'auto'", true},
      {"/policy/default/custody", "maybe",
       "policy.default.custody: 'maybe': must be one of 'never', 'when-unsteady', 'always'", true},
      {"/policy/rules", too_many_rules(), "policy.rules: 257 entries: must have 0 to 256", true},
      {"/policy/rules/0/match", kRemoved, "policy.rules[0].match: missing: add it", true},
      {"/policy/rules/0/mode", kRemoved, "policy.rules[0].mode: missing: add it", true},
      {"/policy/rules/0/custody", "sometimes",
       "policy.rules[0].custody: 'sometimes': must be one of 'never', 'when-unsteady', 'always'",
       true},
      {"/policy/rules/0/match/port", 70000, "policy.rules[0].match.port: 70000: must be 0 to 65535",
       true},
      {"/policy/rules/0/match/prefix", "10.0.0.1/8",
       "policy.rules[0].match.prefix: '10.0.0.1/8': has address bits beyond its length: write "
       "'10.0.0.0/8'",
       false},
      {"/policy/rules/0/match/prefix", "ten/8",
       "policy.rules[0].match.prefix: 'ten/8': must be a prefix such as 10.0.0.0/8 or "
       "2001:db8::/32",
       false},
      {"/policy/rules/0/match/prefix", 10,
       "policy.rules[0].match.prefix: 10: must be a text in quotes", true},
      {"/policy/rules/0/match/host", "x",
       "policy.rules[0].match.host: unknown key: remove it (known here: prefix, port)", true},
  };
}

json broken_by(const Slip& slip) {
  const json::json_pointer pointer{slip.pointer};
  auto document = good();
  document[pointer] = slip.value;
  if (slip.value.is_discarded()) document[pointer.parent_pointer()].erase(pointer.back());
  return document;
}

TEST_CASE("the configuration the slips start from is good", "[config][errors]") {
  CHECK(parse_appliance_config(good().dump()));
}

TEST_CASE("every slip is one line with the JSON path and the mend", "[config][errors]") {
  for (const auto& slip : slips()) {
    const auto result = parse_appliance_config(broken_by(slip).dump());
    INFO(slip.pointer << " = " << slip.value);
    REQUIRE_FALSE(result);
    CHECK(result.error().message() == slip.message);
  }
}

TEST_CASE("the published schema refuses what the program refuses", "[config][errors]") {
  for (const auto& slip : slips()) {
    INFO(slip.pointer << " = " << slip.value);
    CHECK(check_schema(broken_by(slip), appliance_schema()).has_value() == slip.in_schema);
  }
}

TEST_CASE("what is not JSON is one line with the place", "[config][errors]") {
  CHECK(parse_appliance_config("{\"ports\": }").error().where == "line 1, column 11");
  CHECK(parse_appliance_config(R"({"ports": 1, "ports": 2})").error().where == "document");
  CHECK(parse_appliance_config("[]").error().message() ==
        "document: an array: must be an object {...}");
  CHECK(parse_appliance_config(std::string(300'000, ' ')).error().where == "document");
}

}  // namespace
}  // namespace gimbal
