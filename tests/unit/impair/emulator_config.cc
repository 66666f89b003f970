#include "emulator_config.h"

#include <string>

#include "config/schema.h"
#include "support/catch.h"

namespace gimbal::impair {
namespace {

using nlohmann::json;

constexpr std::string_view kContract = R"({
  "ports": {"a": {"device": "iface:m1"}, "b": {"device": "iface:r0"}},
  "workers": {"cores": [0], "idle": "sleep"}, "memory": {"hugepages": false},
  "control": {"listen": "127.0.0.1:8481"}, "seed": 1, "truth_log": null,
  "a_to_b": {"rate_mbit": 100, "queue_kbytes": 500, "delay_ms": 20,
             "jitter": {"kind": "normal", "ms": 5, "order": "reorder"},
             "loss": {"kind": "bernoulli", "percent": 1}},
  "b_to_a": {"delay_ms": 20}})";

/// The contract's example with the member at `pointer` replaced.
std::string with(const std::string& pointer, const json& value) {
  json document = json::parse(kContract);
  document[json::json_pointer{pointer}] = value;
  return document.dump();
}

std::string complaint(const std::string& text) {
  const auto config = parse_emulator_config(text);
  return config.ok() ? "" : config.error().message();
}

}  // namespace

TEST_CASE("the contract's example configuration means what it says", "[impair][config]") {
  const auto parsed = parse_emulator_config(kContract);
  REQUIRE(parsed.ok());
  const EmulatorConfig& config = parsed.value();
  CHECK(config.ports[0].device == "iface:m1");
  CHECK(config.ports[1].device == "iface:r0");
  CHECK(config.control.port == 8481);
  CHECK(config.memory.packets == 65536);
  CHECK_FALSE(config.truth_log.has_value());
  const DirectionConfig& forth = config.ways[0];
  CHECK(forth.rate == BitRate::from_mbit(100));
  CHECK(forth.queue_bytes == 500'000);
  CHECK(forth.delay == Nanos::millis(20));
  CHECK(forth.jitter.kind == JitterKind::normal);
  CHECK(forth.jitter.scale == Nanos::millis(5));
  CHECK(forth.jitter.order == Order::reorder);
  CHECK(forth.loss.probability == Approx(0.01));
  CHECK(config.ways[1].delay == Nanos::millis(20));
  CHECK(config.ways[1].rate.is_zero());
}

TEST_CASE("what is described parses to the same and keeps to the published schema",
          "[impair][config]") {
  json full = json::parse(with("/a_to_b/stalls", {{"every_ms", 400}, {"lasting_ms", 80.5}}));
  full["b_to_a"] = {{"batch", {{"period_ms", 8}}},
                    {"outages", {{"every_ms", 3000}, {"lasting_ms", 300}}},
                    {"jitter", {{"kind", "pareto"}, {"ms", 0.1}, {"shape", 2.5}}}};
  full["truth_log"] = "truth.bin";
  const auto parsed = parse_emulator_config(full.dump());
  REQUIRE(parsed.ok());
  const json described = describe(parsed.value());
  CHECK_FALSE(check_schema(full, emulator_schema()).has_value());
  CHECK_FALSE(check_schema(described, emulator_schema()).has_value());
  const auto again = parse_emulator_config(described.dump());
  REQUIRE(again.ok());
  CHECK(describe(again.value()) == described);
  CHECK(described["b_to_a"]["jitter"]["ms"] == 0.1);
  CHECK(again.value().ways[1].outages.lasting == Nanos::millis(300));
  CHECK(again.value().ways[1].batches.period == Nanos::millis(8));
  CHECK(again.value().ways[0].stalls.lasting == Nanos::micros(80'500));
}

TEST_CASE("a wrong value is named with its path and the mend", "[impair][config]") {
  CHECK(complaint(with("/a_to_b/jitter/ms", -3)).rfind("a_to_b.jitter.ms: -3: must be ", 0) == 0);
  CHECK(complaint(with("/a_to_b/rate_mbit", -1)).rfind("a_to_b.rate_mbit: -1: ", 0) == 0);
  CHECK(complaint(with("/a_to_b/jitter/kind", "gauss")).rfind("a_to_b.jitter.kind: 'gauss'", 0) ==
        0);
  CHECK(complaint(with("/b_to_a/dealy_ms", 1)) ==
        "b_to_a.dealy_ms: unknown key: did you mean 'delay_ms'?");
  CHECK(complaint(with("/a_to_b/loss/percent", 101)).rfind("a_to_b.loss.percent: 101: ", 0) == 0);
  CHECK(complaint(with("/a_to_b/outages", {{"every_ms", 10}, {"lasting_ms", 10}}))
            .rfind("a_to_b.outages.lasting_ms: 10: must be below every_ms", 0) == 0);
  CHECK(complaint(with("/a_to_b/jitter/shape", 0)) == "a_to_b.jitter.shape: 0: must be above 0");
  CHECK(complaint(with("/workers/cores", {0, 1})).rfind("workers.cores: must name one core", 0) ==
        0);
  CHECK(complaint(with("/memory/flows", 5)).rfind("memory.flows: unknown key", 0) == 0);
  CHECK(complaint(with("/ports/b/device", "iface:m1")).rfind("ports.b.device: ", 0) == 0);
  CHECK(complaint("{}").rfind("ports: missing", 0) == 0);
  CHECK_FALSE(complaint("[").empty());
}

TEST_CASE("a kernel interface may be given with its driver", "[impair][config]") {
  const auto parsed =
      parse_emulator_config(with("/ports/b/device", "iface:fifteen-letters?driver=af_packet"));
  REQUIRE(parsed.ok());
  CHECK(parsed.value().ports[1].device == "iface:fifteen-letters?driver=af_packet");
  CHECK(complaint(with("/ports/b/device", "iface:r0?driver=e1000")) ==
        "ports.b.device: 'iface:r0?driver=e1000': behind '?' must stand driver=automatic, "
        "driver=af_packet or driver=af_xdp");
  CHECK(complaint(with("/ports/b/device", "iface:sixteen-letters-?driver=af_xdp"))
            .rfind("ports.b.device: ", 0) == 0);
}

TEST_CASE("only the directions change while running", "[impair][config]") {
  const EmulatorConfig current = parse_emulator_config(kContract).value();
  const auto patched =
      patch_emulator_config(current, json::parse(R"({"a_to_b": {"delay_ms": 30, "loss": null}})"));
  REQUIRE(patched.ok());
  CHECK(patched.value().ways[0].delay == Nanos::millis(30));
  CHECK(patched.value().ways[0].loss.probability == 0.0);
  CHECK(patched.value().ways[0].rate == BitRate::from_mbit(100));
  const auto refused = patch_emulator_config(current, json::parse(R"({"seed": 2})"));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().where == "seed");
  CHECK_FALSE(patch_emulator_config(current, json::parse(R"({"a_to_b": {"delay_ms": -1}})")).ok());
}

}  // namespace gimbal::impair
