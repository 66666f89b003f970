#include "scenario_file.h"

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "config/schema.h"
#include "emulator_config.h"
#include "profile_list.h"
#include "scenario_player.h"
#include "support/catch.h"
#include "temporary_folder.h"

namespace gimbal::impair {
namespace {

using nlohmann::json;

const json kPorts = json::parse(R"({"a": {"device": "iface:m1"}, "b": {"device": "iface:r0"}})");

Result<EmulatorConfig> load(const std::string& name,
                            const std::vector<std::string>& settings = {}) {
  auto document = load_scenario(name, settings);
  if (!document) return document.error();
  if (!document.value().contains("ports")) document.value()["ports"] = kPorts;
  return read_emulator_config(std::move(document.value()));
}

std::string complaint(const std::string& name, const std::vector<std::string>& settings = {}) {
  const auto config = load(name, settings);
  return config.ok() ? "" : config.error().message();
}

EmulatorConfig parse(const std::string& text) {
  json document = json::parse(text);
  document["ports"] = kPorts;
  auto config = read_emulator_config(std::move(document));
  INFO((config.ok() ? "" : config.error().message()));
  REQUIRE(config.ok());
  return std::move(config.value());
}

}  // namespace

TEST_CASE("every named profile is valid by reader and schema, says its source, and repeats itself",
          "[impair][scenario]") {
  CHECK(named_scenarios().size() >= 16);
  for (const NamedScenario& scenario : named_scenarios()) {
    INFO(scenario.name);
    const auto config = load(std::string{scenario.name});
    INFO((config.ok() ? "" : config.error().message()));
    REQUIRE(config.ok());
    CHECK(config.value().name == scenario.name);
    CHECK(config.value().source.size() > 40);
    const json described = describe(config.value());
    const auto broken = check_schema(described, emulator_schema());
    INFO((broken ? broken->message() : ""));
    CHECK_FALSE(broken);
    const auto again = read_emulator_config(described);
    REQUIRE(again.ok());
    CHECK(describe(again.value()) == described);
    CHECK(again.value().timeline.steps.size() == config.value().timeline.steps.size());
  }
}

TEST_CASE("the list names every profile with its parameters, in lines a terminal shows",
          "[impair][scenario]") {
  const std::string list = profile_list(80);
  for (const NamedScenario& scenario : named_scenarios()) {
    INFO(scenario.name);
    CHECK(("\n" + list).find("\n" + std::string{scenario.name}) != std::string::npos);
  }
  CHECK(list.find("lte  delay_ms=25\n    Rates swing") != std::string::npos);
  std::istringstream lines{list};
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 80);
}

TEST_CASE("a file includes others, the including one wins, and file names stay beside their file",
          "[impair][scenario]") {
  TemporaryFolder folder;
  folder.write("sub/base.json",
               R"({"a_to_b": {"delay_ms": 5, "trace": {"mahimahi": "up.trace"}}, "seed": 3})");
  folder.write("sub/up.trace", "1\n2\n");
  folder.write("top.json", R"({"include": "sub/base.json", "a_to_b": {"delay_ms": 9}})");
  const auto config = load(folder.path("top.json"));
  INFO((config.ok() ? "" : config.error().message()));
  REQUIRE(config.ok());
  CHECK(config.value().ways[0].delay == Nanos::millis(9));
  CHECK(config.value().ways[0].trace != nullptr);
  CHECK(config.value().seed == 3);
  folder.write("lte.json", R"({"include": "lte", "parameters": {"delay_ms": 44}})");
  const auto named = load(folder.path("lte.json"));
  REQUIRE(named.ok());
  CHECK(named.value().ways[0].delay == Nanos::millis(44));
}

TEST_CASE("a parameter keeps its type when it stands alone and is text within text",
          "[impair][scenario]") {
  json document = json::parse(R"({"parameters": {"x": 5, "n": "in"},
      "a": "${x}", "b": ["p${x}q", "${n}${x}"], "c": {"d": "plain"}})");
  REQUIRE_FALSE(apply_parameters(document, {"x=7.5"}));
  CHECK(document == json::parse(R"({"a": 7.5, "b": ["p7.5q", "in7.5"], "c": {"d": "plain"}})"));
}

TEST_CASE("a bad scenario is one line with the place and the mend", "[impair][scenario]") {
  TemporaryFolder folder;
  const auto said = [&](const std::string& text, const std::vector<std::string>& settings = {}) {
    folder.write("s.json", text);
    const std::string line = complaint(folder.path("s.json"), settings);
    CHECK(line.find('\n') == std::string::npos);
    return line;
  };
  CHECK(said(R"({"a_to_b": {"delay_ms": "${x}"}})").rfind("a_to_b.delay_ms: '${x}': no such", 0) ==
        0);
  CHECK(said(R"({"a_to_b": {"delay_ms": "${x"}})").rfind("a_to_b.delay_ms: '${x': ", 0) == 0);
  CHECK(said(R"({"parameters": {"x": 1}})", {"y=2"}).rfind("--set: 'y': ", 0) == 0);
  CHECK(said("{}", {"y"}).rfind("--set: 'y': must be name=value", 0) == 0);
  CHECK(said(R"({"include": "s.json"})").find("include") != std::string::npos);
  CHECK(said(R"({"include": "gone.json"})").rfind("gone.json: no such file or profile", 0) == 0);
  CHECK(said(R"({"include": 5})").find("include: must be a string") != std::string::npos);
  CHECK(said(R"([1])").find("must be an object") != std::string::npos);
  CHECK(said(R"({"a_to_b": {"jitter": {"kind": "gamma", "ms": 3}}})")
            .rfind("a_to_b.jitter.kind: 'gamma': must be one of 'none', 'uniform'", 0) == 0);
  CHECK(said(R"({"a_to_b": {"rate_mbit": -4}})").rfind("a_to_b.rate_mbit: -4: ", 0) == 0);
  CHECK(said(R"({"a_to_b": {"trace": {"mahimahi": "gone.trace"}}})")
            .rfind("a_to_b.trace.mahimahi: '", 0) == 0);
  CHECK(said(R"({"a_to_b": {"trace": {"intervals": [[0, 1]], "period_s": 1}, "rate_mbit": 3}})")
            .rfind("a_to_b.trace: takes the place of rate_mbit", 0) == 0);
  CHECK(said(R"({"a_to_b": {"trace": {"intervals": [[0, 0]], "period_s": 1}}})")
            .rfind("a_to_b.trace.intervals: no rate above 0", 0) == 0);
  CHECK(said(R"({"a_to_b": {"classes": [{"match": {}}]}})")
            .rfind("a_to_b.classes[0].match: must name something", 0) == 0);
  CHECK(said(R"({"a_to_b": {"classes": [{"match": {"protocol": "sctp"}}]}})")
            .rfind("a_to_b.classes[0].match.protocol: 'sctp': ", 0) == 0);
  CHECK(said(R"({"a_to_b": {"loss": {"kind": "gilbert_elliott", "p_percent": 1}}})")
            .rfind("a_to_b.loss.r_percent: missing", 0) == 0);
  CHECK(said(R"({"a_to_b": {"regimes": [{"mean_ms": 1}]}})").rfind("a_to_b.regimes: ", 0) == 0);
  CHECK(said(R"({"timeline": [{"at_s": 1, "a_to_b": {"jitter": {"kind": "normal", "ms": -1}}}]})")
            .rfind("timeline[0].a_to_b.jitter.ms: -1: ", 0) == 0);
  CHECK(said(R"({"timeline": [{"at_s": 2}, {"at_s": 2}]})")
            .rfind("timeline[1].at_s: 2: must be later", 0) == 0);
  CHECK(said(R"({"timeline": [{"at_s": 2}], "timeline_repeat_s": 1})")
            .rfind("timeline_repeat_s: 1: must be later than the last step", 0) == 0);
}

TEST_CASE("each step of a timeline changes what the one before it left, then it begins anew",
          "[impair][scenario]") {
  const EmulatorConfig config = parse(R"({"a_to_b": {"delay_ms": 5},
      "timeline": [{"at_s": 10, "a_to_b": {"loss": {"kind": "bernoulli", "percent": 1}}},
                   {"at_s": 30, "note": "congestion", "a_to_b": {"delay_ms": 50}}],
      "timeline_repeat_s": 40})");
  TimelineCursor cursor{config.timeline, config.ways};
  CHECK(cursor.next_due() == Nanos::seconds(10));
  CHECK(cursor.advance()[0].delay == Nanos::millis(5));
  CHECK(cursor.next_due() == Nanos::seconds(30));
  const Ways& last = cursor.advance();
  CHECK(last[0].delay == Nanos::millis(50));
  CHECK(last[0].loss.probability == Approx(0.01));
  CHECK(cursor.next_due() == Nanos::seconds(40));
  CHECK(cursor.advance()[0].loss.probability == 0);
  CHECK(cursor.next_due() == Nanos::seconds(50));
}

TEST_CASE("a changed configuration keeps the files of the old one and opens no others",
          "[impair][scenario]") {
  TemporaryFolder folder;
  folder.write("up.trace", "1\n2\n");
  folder.write("s.json", R"({"a_to_b": {"trace": {"mahimahi": "up.trace"}}})");
  const auto config = load(folder.path("s.json"));
  REQUIRE(config.ok());
  const auto slower = patch_emulator_config(config.value(), {{"a_to_b", {{"delay_ms", 3}}}});
  REQUIRE(slower.ok());
  CHECK(slower.value().ways[0].trace == config.value().ways[0].trace);
  const auto other = patch_emulator_config(
      config.value(), {{"b_to_a", {{"trace", {{"csv", folder.path("s.json")}}}}}});
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().message().find("no file is opened while running") != std::string::npos);
  const auto gone = patch_emulator_config(config.value(), {{"a_to_b", {{"trace", nullptr}}}});
  REQUIRE(gone.ok());
  CHECK(gone.value().ways[0].trace == nullptr);
}

TEST_CASE("the player restarts, stops and takes changes, and keeps the old when one is refused",
          "[impair][scenario]") {
  std::vector<Nanos> delays;
  bool refuse = false;
  ScenarioPlayer player{[&](auto, const Ways& ways) -> std::optional<Error> {
                          if (refuse) return Error{"a_to_b", "busy"};
                          delays.push_back(ways[0].delay);
                          return std::nullopt;
                        },
                        parse(R"({"name": "x", "a_to_b": {"delay_ms": 5},
                                  "timeline": [{"at_s": 1000, "a_to_b": {"delay_ms": 9}}]})")};
  CHECK_FALSE(player.state().running);
  REQUIRE_FALSE(player.act(ScenarioAction::restart));
  CHECK(player.state().running);
  CHECK(player.state().next_due == Nanos::seconds(1000));
  REQUIRE_FALSE(player.act(ScenarioAction::stop));
  CHECK_FALSE(player.state().running);
  REQUIRE_FALSE(player.change(parse(R"({"a_to_b": {"delay_ms": 6}})")));
  refuse = true;
  CHECK(player.change(parse(R"({"a_to_b": {"delay_ms": 7}})")));
  CHECK(player.config()->ways[0].delay == Nanos::millis(6));
  CHECK(delays == std::vector<Nanos>{Nanos::millis(5), Nanos::millis(6)});
}

}  // namespace gimbal::impair
