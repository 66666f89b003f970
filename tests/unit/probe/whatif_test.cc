#include <fstream>

#include "probe/page/whatif_page.h"
#include "probe/recorder.h"
#include "probe/whatif/answer.h"
#include "probe/whatif/child.h"
#include "probe/whatif/experiment.h"
#include "probe/whatif/namespaces.h"
#include "support/catch.h"

using namespace gimbal::probe;
using namespace gimbal::probe::whatif;

namespace {

Question question() {
  Question q;
  q.sites[0] = {"edge", "nr-midband", {}, 200, 20};
  q.sites[1] = {"core", "transatlantic", {"delay_ms=40"}, 80, 8};
  q.tokens = 11;
  q.rounds = 3;
  return q;
}

Metric around(const char* name, double ms) {
  Recorder recorder{name, Clock::time_point{}};
  for (int i = 0; i < 200; ++i)
    recorder.record(Clock::time_point{} + std::chrono::milliseconds{i},
                    static_cast<std::uint64_t>(ms * (1 + 0.0001 * i) * 1e6));
  return recorder.finish();
}

/// What a request takes at the edge is `edge_ms`, in the core `core_ms`; the appliance saves half
/// of what is not computing. Rounds differ by a percent.
std::vector<Trial> trials(const Question& q, double edge_ms, double core_ms) {
  std::vector<Trial> out;
  for (const Turn& turn : plan_turns(q.rounds)) {
    const Site& site = q.sites[turn.site];
    double ms = turn.site == 0 ? edge_ms : core_ms;
    if (turn.box == 1) ms = q.answer_ms(site) + (ms - q.answer_ms(site)) / 2;
    ms *= 1 + 0.01 * turn.round;
    Trial trial{turn.site, turn.box, turn.round, {}, {}};
    trial.tokens.metrics = {around("ttft", ms / 2), around("inter_token", ms / 20),
                            around("request", ms)};
    trial.tokens.figures["tokens_per_s"] = 1000 / ms;
    trial.barrier.metrics = {around("step", ms / 10)};
    out.push_back(std::move(trial));
  }
  return out;
}

}  // namespace

TEST_CASE("every round has every site with and without, and begins with another") {
  const auto turns = plan_turns(4);
  REQUIRE(turns.size() == 16);
  for (std::size_t site = 0; site < kSites; ++site)
    for (std::size_t box = 0; box < kBoxes; ++box)
      for (unsigned round = 0; round < 4; ++round) {
        int found = 0;
        for (const Turn& turn : turns)
          found += turn.site == site && turn.box == box && turn.round == round ? 1 : 0;
        CHECK(found == 1);
      }
  CHECK((turns[0].site != turns[4].site || turns[0].box != turns[4].box));
}

TEST_CASE("the site whose every round is faster wins, and the network's cost is what is left") {
  const Question q = question();  // Computing: edge 400 ms, core 160 ms.
  const auto found = find_answer(q, trials(q, 440, 690), "request.p50");
  REQUIRE(found);
  const Answer& answer = found.value();
  CHECK(answer.best[0] == Place::edge);
  CHECK(answer.rows[answer.judged].compute[0] == Approx(400));
  CHECK(answer.rows[answer.judged].compute[1] == Approx(160));
  CHECK(find_figure(answer, "edge.off.request.p50").value().value == Approx(444.4).epsilon(0.02));
  CHECK(find_figure(answer, "core.on.request.p50").value().value == Approx(434.3).epsilon(0.02));
  CHECK(answer.sentences[0].find("Without the appliance: run it at the edge.") == 0);
  // With half the network's cost the core needs 425 ms, the edge 420: rounds overlap.
  CHECK(answer.best[1] == Place::either);
}

TEST_CASE("where the core is faster it says so, and how fast it must compute to stay so") {
  const Question q = question();
  const auto found = find_answer(q, trials(q, 900, 300), "request.p50");
  REQUIRE(found);
  CHECK(found.value().best[0] == Place::core);
  // 909 - (303 - 160) - 80 = 686 ms for ten gaps.
  CHECK(found.value().break_even_ms[0] == Approx(68.6).epsilon(0.03));
}

TEST_CASE("a core whose network alone takes longer than the edge never wins") {
  const Question q = question();
  const auto found = find_answer(q, trials(q, 410, 2000), "request.p50");
  REQUIRE(found);
  CHECK(found.value().break_even_ms[0] < 0);
}

TEST_CASE("unknown names are refused with those there are") {
  const Question q = question();
  CHECK_FALSE(find_judged(q, "request.p42"));
  CHECK_FALSE(find_judged(q, "errors"));
  CHECK(find_judged(q, "ttft.p99"));
  CHECK(check_name(q, "edge.on.ttft.p99"));
  CHECK(check_name(q, "core.off.errors"));
  CHECK_FALSE(check_name(q, "cloud.on.ttft.p99"));
  CHECK_FALSE(find_answer(q, {}, "request.p99"));
}

TEST_CASE("the page answers in words, draws every case and needs nothing else") {
  const Question q = question();
  const auto all = trials(q, 440, 700);
  const auto answer = find_answer(q, all, "request.p99");
  REQUIRE(answer);
  const std::string html = page::whatif_page(answer.value(), all, {{"fine", true}});
  for (const char* shown : {"run it at the edge", "network costs", "nr-midband", "delay_ms=40",
                            "core, with Gimbal", "edge, without", "request p99", "met: fine"})
    CHECK(html.find(shown) != std::string::npos);
  CHECK(html.find("http") == std::string::npos);
  CHECK(to_json(answer.value())["best"]["off"] == "edge");
}

TEST_CASE("configurations are what the programs read") {
  RigPlan plan;
  plan.scenario = "lte";
  plan.seed = 9;
  plan.custody = "always";
  const auto path = nlohmann::json::parse(path_config(plan, 1));
  CHECK(path["include"] == "lte");
  CHECK(path["seed"] == 9);
  CHECK(path["ports"]["a"]["device"] == "iface:m1");
  const auto box = nlohmann::json::parse(appliance_config(plan, 0));
  CHECK(box["policy"]["default"]["custody"] == "always");
  CHECK(box["workers"]["cores"][0] == 0);
}

TEST_CASE("only namespaces of ours have an owner") {
  CHECK(owner_of("gimbal-whatif-1234-s") == 1234);
  CHECK(owner_of("gimbal-whatif-x-s") == 0);
  CHECK(owner_of("gimbal-whatif-12") == 0);
  CHECK(owner_of("gimbal-lab-12-s") == 0);
}

TEST_CASE("a tool's words come back, and its failure with them") {
  CHECK(run_tool({"cat"}, "hello").value() == "hello");
  const auto failed = run_tool({"sh", "-c", "echo no luck; exit 3"});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().what == "no luck");
  const auto missing = run_tool({"no-such-program-here"});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().what.find("not found") != std::string::npos);
}
