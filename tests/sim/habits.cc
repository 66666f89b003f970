#include "sim/habits.h"

namespace gimbal::sim {

const std::vector<Habits>& receivers() {
  static const std::vector<Habits> all = [] {
    std::vector<Habits> out(9);
    out[1] = {.name = "windows",
              .timestamps = false,
              .window_scale = 8,
              .ack_delay = Nanos::millis(10),
              .quick_acks = 0,
              .buffer_max = 16U << 20};
    out[2] = {.name = "no-sack", .selective = false};
    out[3] = {.name = "no-timestamps", .timestamps = false};
    out[4] = {.name = "bare", .timestamps = false, .selective = false};
    out[5] = {.name = "tiny-window", .scaling = false, .buffer = 8192, .buffer_max = 8192};
    out[6] = {
        .name = "huge-window", .window_scale = 14, .buffer = 64U << 20, .buffer_max = 512U << 20};
    out[7] = {.name = "slow-ack", .ack_delay = Nanos::millis(200), .quick_acks = 0};
    out[8] = {.name = "each-segment", .ack_every = 1};
    return out;
  }();
  return all;
}

std::optional<Habits> find_receiver(std::string_view name) {
  for (const Habits& habits : receivers())
    if (habits.name == name) return habits;
  return std::nullopt;
}

}  // namespace gimbal::sim
