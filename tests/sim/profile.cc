#include "sim/profile.h"

namespace gimbal::sim {

namespace {

using impair::DirectionConfig;
using impair::Jitter;
using impair::JitterKind;
using impair::Order;

DirectionConfig path(std::int64_t delay_ms, double mbit = 100, std::uint32_t buffer_kb = 500) {
  DirectionConfig config;
  config.rate = BitRate::from_mbit(mbit);
  config.queue_bytes = buffer_kb * 1000;
  config.delay = Nanos::millis(delay_ms);
  return config;
}

DirectionConfig back(std::int64_t delay_ms) {
  DirectionConfig config;
  config.delay = Nanos::millis(delay_ms);
  return config;
}

DirectionConfig with(DirectionConfig config, JitterKind kind, double ms, Order order) {
  config.jitter = Jitter{.kind = kind, .scale = Nanos::from_ms(ms), .shape = 3.0, .order = order};
  return config;
}

DirectionConfig lossy(DirectionConfig config, double percent) {
  config.loss.probability = percent / 100;
  return config;
}

DirectionConfig batched(DirectionConfig config, std::int64_t ms) {
  config.batches.period = Nanos::millis(ms);
  return config;
}

DirectionConfig stalled(DirectionConfig config) {
  config.stalls = {Nanos::millis(400), Nanos::millis(80)};
  return config;
}

DirectionConfig dark(DirectionConfig config) {
  config.outages = {Nanos::seconds(3), Nanos::millis(300)};
  return config;
}

constexpr auto kNormal = JitterKind::normal;
constexpr auto kExp = JitterKind::exponential;
constexpr auto kPareto = JitterKind::pareto;

}  // namespace

const std::vector<Profile>& profiles() {
  static const std::vector<Profile> all{
      {"clean", path(20), back(20), 92.2, 92.1},
      {"reorder5ms", with(path(20), kNormal, 5, Order::reorder), back(20), 24.6, 91.3},
      {"reorder15ms", with(path(30), kNormal, 15, Order::reorder), back(20), 10.1, 32.1},
      {"fifojit10", with(path(20), kExp, 10, Order::fifo), back(20), 56.3, 86.4},
      {"stalls", stalled(path(20, 100, 1000)), back(20), 87.8, 90.7},
      {"bothjit", with(path(20), kNormal, 5, Order::reorder),
       with(back(20), kNormal, 5, Order::reorder), 40.7, 86.2},
      {"loss0.1", lossy(path(20), 0.1), back(20), 16.2, 91.7},
      {"loss1", lossy(path(20), 1), back(20), 4.7, 90.1},
      {"loss1long", lossy(path(75, 100, 1500), 1), back(75), 1.8, 74.8},
      {"mmwave", lossy(dark(with(path(15, 100, 1500), kExp, 4, Order::fifo)), 0.2),
       with(back(15), kExp, 3, Order::fifo), 7.4, 82.6},
      {"wifi", lossy(batched(with(path(10), kExp, 2, Order::fifo), 8), 0.3), batched(back(10), 4),
       8.9, 91.0},
      {"pareto", with(path(20), kPareto, 6, Order::reorder),
       with(back(20), kPareto, 3, Order::reorder), 16.1, 79.1},
      {"congested", path(20, 50, 250), back(20), 46.3, 46.1},
      {"shallow", path(20, 100, 60), back(20), 78.7, 90.3},
      {"long", path(75, 100, 1500), back(75)},
      {"reorderlong", with(path(75, 100, 1500), kNormal, 15, Order::reorder), back(75)},
      {"gig", path(10, 1000, 2500), back(10)},
      {"gigloss", lossy(path(10, 1000, 2500), 0.1), back(10)},
      {"gigjit", with(path(10, 1000, 2500), kNormal, 2, Order::reorder), back(10)},
      {"congloss", lossy(path(20, 50, 250), 0.3), back(20), 0},
      {"congjit", with(path(20, 50, 250), kNormal, 5, Order::reorder), back(20), 0},
      {"congfifo", with(path(20, 50, 250), kExp, 8, Order::fifo), back(20), 0},
  };
  return all;
}

std::optional<Profile> find_profile(std::string_view name) {
  for (const Profile& profile : profiles())
    if (profile.name == name) return profile;
  return std::nullopt;
}

}  // namespace gimbal::sim
