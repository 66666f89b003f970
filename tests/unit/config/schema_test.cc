#include "config/schema.h"

#include <functional>

#include "support/catch.h"

namespace gimbal {
namespace {

using nlohmann::json;

const auto kEmulator = json::parse(R"({
  "ports": {"a": {"device": "iface:m1"}, "b": {"device": "iface:r0"}},
  "workers": {"cores": [0], "idle": "sleep"},
  "memory": {"hugepages": false}, "control": {"listen": "127.0.0.1:8481"}, "seed": 1,
  "truth_log": null,
  "a_to_b": {"rate_mbit": 100, "queue_kbytes": 500, "delay_ms": 20,
             "jitter": {"kind": "normal", "ms": 5, "order": "reorder"},
             "loss": {"kind": "bernoulli", "percent": 1},
             "stalls": {"every_ms": 1000, "lasting_ms": 30}, "batch": {"period_ms": 5},
             "outages": {"every_ms": 10000, "lasting_ms": 400}},
  "b_to_a": {"delay_ms": 20}})");

TEST_CASE("the emulator's schema takes the contract's example with every model",
          "[config][schema]") {
  CHECK_FALSE(check_schema(kEmulator, emulator_schema()));
}

TEST_CASE("the emulator's schema refuses slips and names their path", "[config][schema]") {
  const auto where = [](const char* pointer, json value) {
    auto document = kEmulator;
    document[json::json_pointer{pointer}] = std::move(value);
    const auto error = check_schema(document, emulator_schema());
    return error ? error->where : std::string{};
  };
  CHECK(where("/a_to_b/loss/percent", 101) == "a_to_b.loss.percent");
  CHECK(where("/a_to_b/jitter/kind", "gamma") == "a_to_b.jitter.kind");
  CHECK(where("/a_to_b/jitter/order", "lifo") == "a_to_b.jitter.order");
  CHECK(where("/workers/cores/0", -1) == "workers.cores[0]");
  CHECK(where("/b_to_a/delay", 20) == "b_to_a");
  CHECK(where("/seed", -1) == "seed");
}

TEST_CASE("both schemas are draft-07 and close every object", "[config][schema]") {
  for (const auto text : {appliance_schema(), emulator_schema()}) {
    const auto schema = json::parse(text);
    CHECK(schema["$schema"] == "http://json-schema.org/draft-07/schema#");
    int open = 0;
    const std::function<void(const json&)> visit = [&](const json& node) {
      if (node.is_object() && node.value("type", json{}) == "object")
        open += node.value("additionalProperties", true) ? 1 : 0;
      if (!node.is_structured()) return;
      for (const auto& child : node) visit(child);
    };
    visit(schema);
    CHECK(open == 0);
  }
}

}  // namespace
}  // namespace gimbal
