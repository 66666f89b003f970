#include "sim/profile.h"
#include "sim/rate_series.h"
#include "sim/verdict_case.h"

namespace gimbal::sim {

namespace {

using impair::AqmKind;
using impair::DirectionConfig;
using impair::Jitter;
using impair::JitterKind;
using impair::Order;

constexpr Nanos kLasting = Nanos::seconds(20);

Nanos s(double seconds) { return Nanos::from_ms(seconds * 1000); }

VerdictCase like(const char* profile, std::string says) {
  const Profile found = *find_profile(profile);
  return {profile, std::move(says), found.data, found.acks};
}

VerdictCase named(VerdictCase base, std::string name, std::string says) {
  base.name = std::move(name);
  base.says = std::move(says);
  return base;
}

DirectionConfig jittery(DirectionConfig data, JitterKind kind, double ms, Order order) {
  data.jitter = Jitter{.kind = kind, .scale = Nanos::from_ms(ms), .shape = 3.0, .order = order};
  return data;
}

DirectionConfig slower(DirectionConfig data, double mbit) {
  data.rate = BitRate::from_mbit(mbit);
  return data;
}

DirectionConfig longer(DirectionConfig data, std::int64_t ms) {
  data.delay = data.delay + Nanos::millis(ms);
  return data;
}

/// Cross traffic comes twice and goes: 4 to 9 and 13 to 17 s.
VerdictCase crossed(VerdictCase base, double mbit) {
  base.steady = {{mbit, s(4), s(9)}, {mbit, s(13), s(17)}};
  return base;
}

VerdictCase streaming(VerdictCase base, double mbit) {
  base.application = Application::at_mbit(mbit);
  return base;
}

VerdictCase over(std::string name, std::string says, const RateStatistics& about,
                 std::uint32_t buffer_kb, std::uint64_t seed) {
  VerdictCase out = like("clean", std::move(says));
  out.name = std::move(name);
  out.trace = make_rate_series(about, kLasting, seed);
  out.data.rate = BitRate{};
  out.data.trace = out.trace.get();
  out.data.queue_bytes = buffer_kb * 1000;
  return out;
}

void add_unsteady(std::vector<VerdictCase>& all) {
  for (const char* name : {"reorder5ms", "reorder15ms", "fifojit10", "stalls", "bothjit", "loss0.1",
                           "loss1", "loss1long", "mmwave", "wifi", "pareto"})
    all.push_back(like(name, "a bulk flow alone"));
  const VerdictCase clean = like("clean", "");
  all.push_back(named(streaming(clean, 20), "stream", "20 Mb/s of 100, nothing else"));
  all.push_back(named(streaming(like("reorder5ms", ""), 20), "stream-reorder5ms",
                      "20 Mb/s of 100, jitter of 5 ms"));
  all.push_back(named(streaming(like("fifojit10", ""), 20), "stream-fifojit10",
                      "20 Mb/s of 100, ordered jitter of 10 ms"));
  all.push_back(
      named(streaming(like("loss1", ""), 20), "stream-loss1", "20 Mb/s of 100, 1 % loss"));
  VerdictCase sparse = clean;
  sparse.application = {2000, Nanos::millis(50)};
  all.push_back(named(sparse, "sparse", "two segments each 50 ms: delayed ACKs tell the time"));
}

void add_congested(std::vector<VerdictCase>& all) {
  all.push_back(like("clean", "a bulk flow fills the queue of 40 ms by itself"));
  all.push_back(like("congested", "a bulk flow fills the queue of 40 ms by itself"));
  all.push_back(like("shallow", "a buffer too short to raise the round trip"));
  VerdictCase policed = like("clean", "30 Mb/s by a token bucket of 60 kB that never delays");
  policed.data.policer = {BitRate::from_mbit(30), 60'000};
  all.push_back(named(policed, "policer", policed.says));
  VerdictCase codel = like("congested", "50 Mb/s behind CoDel");
  codel.data.aqm.kind = AqmKind::codel;
  all.push_back(named(codel, "codel", codel.says));
  VerdictCase steps = like("clean", "the rate steps from 100 to 30 Mb/s and back");
  steps.changes = {{s(7), slower(steps.data, 30), {}}, {s(13), steps.data, {}}};
  all.push_back(named(steps, "ratestep", steps.says));
  all.push_back(named(crossed(streaming(like("clean", ""), 40), 80), "stream-cross",
                      "40 Mb/s of 100; 80 more come and go"));
  VerdictCase elastic = streaming(like("congested", ""), 20);
  elastic.elastic = {{Algorithm::cubic, s(4), s(12)}};
  all.push_back(
      named(elastic, "stream-elastic", "20 Mb/s of 50; a plain CUBIC flow comes and goes"));
}

void add_mixed(std::vector<VerdictCase>& all) {
  for (const char* name : {"congjit", "congfifo", "congloss"}) {
    VerdictCase beside = like(name, "a bulk flow beside a plain CUBIC flow");
    beside.elastic = {{Algorithm::cubic, Nanos{}, kLasting}};
    all.push_back(beside);
  }
  all.push_back(named(crossed(streaming(like("reorder5ms", ""), 40), 80), "cross-reorder5ms",
                      "40 Mb/s under jitter of 5 ms; 80 of 100 more come and go"));
  all.push_back(named(crossed(streaming(like("fifojit10", ""), 40), 80), "cross-fifojit10",
                      "40 Mb/s under ordered jitter; 80 of 100 more come and go"));
  all.push_back(named(crossed(streaming(like("loss1", ""), 40), 80), "cross-loss1",
                      "40 Mb/s under 1 % loss; 80 of 100 more come and go"));
  VerdictCase begins = like("congested", "a full queue; after 8 s jitter of 5 ms comes on top");
  begins.changes = {{s(8), jittery(begins.data, JitterKind::normal, 5, Order::reorder), {}}};
  all.push_back(named(begins, "jitter-begins", begins.says));
}

void add_moving(std::vector<VerdictCase>& all) {
  VerdictCase route = streaming(like("clean", ""), 20);
  route.changes = {{s(6), longer(route.data, 25), {}}, {s(13), route.data, {}}};
  all.push_back(
      named(route, "stream-route", "20 Mb/s of 100; the route is 25 ms longer from 6 to 13 s"));
  VerdictCase bulk = like("loss1", "");
  bulk.changes = {{s(6), longer(bulk.data, 25), {}}, {s(13), bulk.data, {}}};
  all.push_back(named(bulk, "route-loss1", "1 % loss; the route is 25 ms longer from 6 to 13 s"));
  all.push_back(
      over("lte", "LTE by its published statistics, a bulk flow", lte_driving(), 500, 11));
  all.push_back(over("mmwave-drive", "5G millimetre wave likewise", mmwave_driving(), 1500, 12));
  all.push_back(over("wifi-walk", "Wi-Fi likewise", wifi_walking(), 500, 13));
  VerdictCase video = over("lte-stream", "LTE, 4 Mb/s of video", lte_driving(), 500, 14);
  all.push_back(streaming(video, 4));
}

}  // namespace

const std::vector<VerdictCase>& verdict_cases() {
  static const std::vector<VerdictCase> all = [] {
    std::vector<VerdictCase> list;
    add_unsteady(list);
    add_congested(list);
    add_mixed(list);
    add_moving(list);
    return list;
  }();
  return all;
}

}  // namespace gimbal::sim
