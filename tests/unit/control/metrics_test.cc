#include "control/metrics.h"

#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "fake_backend.h"
#include "support/catch.h"

namespace gimbal {
namespace {

struct Family {
  std::string help;
  std::string type;
  std::map<std::string, double> samples;  ///< By the text between the braces.
};

/// A strict reading of the text format: HELP, TYPE and samples of a family together and in that
/// order, no name twice, no sample twice, counters end in _total and gauges do not, none negative.
std::map<std::string, Family> parse_strictly(const std::string& text) {
  static const std::regex kHelp{R"(# HELP ([a-z_][a-z0-9_]*) (.+))"};
  static const std::regex kType{R"(# TYPE ([a-z_][a-z0-9_]*) (counter|gauge))"};
  static const std::regex kSample{
      R"(([a-z_][a-z0-9_]*)(?:\{((?:[a-z_]+="[^"\\]*",?)*)\})? ([0-9.e+]+))"};
  std::map<std::string, Family> families;
  std::string current;
  std::istringstream lines{text};
  REQUIRE(text.back() == '\n');
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    std::smatch match;
    if (std::regex_match(line, match, kHelp)) {
      current = match[1];
      REQUIRE(families.count(current) == 0);
      families[current].help = match[2];
    } else if (std::regex_match(line, match, kType)) {
      REQUIRE(match[1] == current);
      REQUIRE(families[current].type.empty());
      families[current].type = match[2];
    } else {
      REQUIRE(std::regex_match(line, match, kSample));
      REQUIRE(match[1] == current);
      REQUIRE_FALSE(families[current].type.empty());
      REQUIRE(families[current].samples.emplace(match[2], std::stod(match[3])).second);
    }
  }
  for (const auto& [name, family] : families) {
    INFO(name);
    const bool total = name.size() > 6 && name.substr(name.size() - 6) == "_total";
    CHECK(total == (family.type == "counter"));
    CHECK(name.substr(0, 7) == "gimbal_");
    CHECK_FALSE(family.samples.empty());
  }
  return families;
}

FakeBackend two_workers() {
  FakeBackend backend;
  backend.workers.resize(2);
  for (std::size_t fate = 0; fate < kFateCount; ++fate)
    backend.workers[1].count(static_cast<Fate>(fate), fate + 1);
  backend.workers[0].set(Counter::flows_active, 7);
  backend.workers[0].add(Counter::holes_seen, 9'007'199'254'740'991);
  for (auto& worker : backend.workers) worker.ports[1].received_packets = 21;
  return backend;
}

TEST_CASE("the exposition is well formed", "[control][metrics]") {
  const auto families = parse_strictly(serialize_metrics(two_workers()));
  CHECK(families.at("gimbal_build_info").samples.begin()->first ==
        R"(program="gimbal",version="1.2.3")");
  CHECK(families.at("gimbal_ready").samples.at("") == 1);
}

TEST_CASE("every fate is a sample of one family, by worker", "[control][metrics]") {
  const auto families = parse_strictly(serialize_metrics(two_workers()));
  const auto& packets = families.at("gimbal_packets_total");
  CHECK(packets.samples.size() == 2 * kFateCount);
  const auto last = "fate=\"" + std::string{kFates.back().name};
  CHECK(packets.samples.at(R"(fate="pass_bypass",worker="1")") == 1);
  CHECK(packets.samples.at(last + R"(",worker="1")") == kFateCount);
  CHECK(packets.samples.at(last + R"(",worker="0")") == 0);
  for (const auto& fate : kFates)
    CHECK(packets.help.find(std::string{fate.help}) != std::string::npos);
}

TEST_CASE("every counter has its own family with the help of its table", "[control][metrics]") {
  const auto families = parse_strictly(serialize_metrics(two_workers()));
  for (const auto& info : kCounters) {
    const bool is_gauge = info.kind == CounterKind::gauge;
    const auto name = "gimbal_" + std::string{info.name} + (is_gauge ? "" : "_total");
    INFO(name);
    REQUIRE(families.count(name) == 1);
    CHECK(families.at(name).help == info.help);
    CHECK(families.at(name).samples.size() == 2);
  }
  CHECK(families.at("gimbal_flows_active").samples.at(R"(worker="0")") == 7);
  CHECK(families.at("gimbal_holes_seen_total").samples.at(R"(worker="0")") == 9007199254740991.0);
}

TEST_CASE("ports are summed over workers", "[control][metrics]") {
  const auto families = parse_strictly(serialize_metrics(two_workers()));
  const auto& received = families.at("gimbal_port_received_packets_total");
  CHECK(received.samples.at(R"(port="wan")") == 42);
  CHECK(received.samples.at(R"(port="lan")") == 0);
}

TEST_CASE("a program may add figures of its own and have no workers", "[control][metrics]") {
  FakeBackend backend;
  backend.extras = {
      {"gimbal_impair_packets_total", CounterKind::counter, "Packets", {{"way", "a_to_b"}}, 3},
      {"gimbal_impair_packets_total", CounterKind::counter, "Packets", {{"way", "b_to_a"}}, 4},
      {"gimbal_impair_queue_bytes", CounterKind::gauge, "Bytes waiting", {}, 5}};
  const auto families = parse_strictly(serialize_metrics(backend));
  CHECK(families.size() == 4);
  CHECK(families.at("gimbal_impair_packets_total").samples.at(R"(way="b_to_a")") == 4);
  CHECK(families.at("gimbal_impair_queue_bytes").samples.at("") == 5);
}

TEST_CASE("labels are bounded: flows add no sample", "[control][metrics]") {
  auto backend = two_workers();
  const auto before = serialize_metrics(backend);
  for (std::uint16_t port = 1; port < 100; ++port)
    backend.rows.push_back(sample_flow(port, "ESTABLISHED", "clean"));
  CHECK(serialize_metrics(backend) == before);
}

}  // namespace
}  // namespace gimbal
