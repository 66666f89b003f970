#include "sim/drawn_path.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "impair/stream_seed.h"
#include "sim/text_line.h"

namespace gimbal::sim {

namespace {

using impair::DirectionConfig;
using impair::Jitter;
using impair::JitterKind;
using impair::Loss;
using impair::LossKind;
using impair::Order;

constexpr std::uint64_t kStream = 0x6472'6177;
constexpr double kLeastQueueBytes = 40'000;

/// Draws that cover each decade of a range alike: 10 to 20 ms is as likely as 100 to 200.
class Draws {
 public:
  explicit Draws(std::uint64_t number) : rng_{impair::stream_seed(number, kStream)} {}
  double between(double least, double most) {
    return least * std::exp(rng_.uniform() * std::log(most / least));
  }
  bool chance(double probability) { return rng_.chance(probability); }
  std::size_t of(std::size_t count) {
    return static_cast<std::size_t>(rng_.uniform() * static_cast<double>(count));
  }

 private:
  Rng rng_;
};

Nanos ms(double value) { return Nanos::from_ms(value); }

/// At most 0.4 of the way itself, as a jitter about a mean must not reach below zero, and 20 ms.
Jitter jitter(Draws& draws, double way_ms) {
  constexpr std::array kinds{std::pair{JitterKind::normal, Order::reorder},
                             std::pair{JitterKind::exponential, Order::reorder},
                             std::pair{JitterKind::pareto, Order::reorder},
                             std::pair{JitterKind::exponential, Order::fifo},
                             std::pair{JitterKind::normal, Order::fifo}};
  const auto [kind, order] = kinds[draws.of(kinds.size())];
  const double scale = std::min(draws.between(0.02, 0.4) * way_ms, 20.0);
  return {.kind = kind, .scale = ms(scale), .shape = 3.0, .order = order};
}

Loss loss(Draws& draws) {
  Loss out;
  out.probability = draws.between(0.0002, 0.02);
  if (!draws.chance(0.3)) return out;
  // Runs of three on average, as often as to lose the same share.
  out.kind = LossKind::gilbert_elliott;
  out.to_good = 1.0 / 3;
  out.to_bad = out.probability / 3;
  return out;
}

void trouble(DirectionConfig& way, Draws& draws, double way_ms, bool data) {
  way.delay = ms(way_ms);
  if (draws.chance(data ? 0.6 : 0.3)) way.jitter = jitter(draws, way_ms);
  if (draws.chance(data ? 0.6 : 0.15)) way.loss = loss(draws);
  if (draws.chance(0.12)) way.batches.period = ms(draws.between(1, data ? 12 : 6));
  if (!data) return;
  if (draws.chance(0.12))
    way.stalls = {ms(draws.between(200, 2000)), ms(draws.between(15, 150))};
  else if (draws.chance(0.1))
    way.outages = {ms(draws.between(2000, 6000)), ms(draws.between(100, 400))};
}

std::string words(const DirectionConfig& way) {
  constexpr std::array names{"",       "uniform",       "normal", "exponential",
                             "pareto", "pareto-normal", "table"};
  std::string text;
  if (way.jitter.kind != JitterKind::none)
    text += text_line(", %s %.1f ms%s", names[static_cast<std::size_t>(way.jitter.kind)],
                      way.jitter.scale.to_ms(), way.jitter.order == Order::fifo ? " in order" : "");
  if (way.loss.on())
    text += text_line(", %.2f %% lost%s", way.loss.probability * 100,
                      way.loss.kind == LossKind::gilbert_elliott ? " in runs" : "");
  if (way.batches.on()) text += text_line(", batches of %.1f ms", way.batches.period.to_ms());
  if (way.stalls.on())
    text += text_line(", stalls of %.0f in %.0f ms", way.stalls.lasting.to_ms(),
                      way.stalls.every.to_ms());
  if (way.outages.on())
    text +=
        text_line(", dark %.0f of %.0f ms", way.outages.lasting.to_ms(), way.outages.every.to_ms());
  return text;
}

double pipe_bytes(const Profile& path) {
  return static_cast<double>(path.data.rate.bits_per_second()) / 8e3 *
         (path.data.delay + path.acks.delay).to_ms();
}

}  // namespace

Profile drawn_path(std::uint64_t number) {
  Draws draws{number};
  Profile path{.name = "drawn" + std::to_string(number), .data = {}, .acks = {}};
  const double round_trip_ms = draws.between(10, 200);
  path.data.rate = BitRate::from_mbit(draws.between(8, 300));
  trouble(path.data, draws, round_trip_ms / 2, true);
  trouble(path.acks, draws, round_trip_ms / 2, false);
  path.data.queue_bytes = static_cast<std::uint32_t>(
      std::max(kLeastQueueBytes, draws.between(0.25, 3) * pipe_bytes(path)));
  return path;
}

std::string describe(const Profile& path) {
  const std::string acks = words(path.acks);
  return text_line("%s: %.0f Mb/s, %.0f ms, queue %.1f of the pipe", path.name.c_str(),
                   path.data.rate.to_mbit(), (path.data.delay + path.acks.delay).to_ms(),
                   path.data.queue_bytes / pipe_bytes(path)) +
         words(path.data) + (acks.empty() ? "" : "; ACKs" + acks);
}

}  // namespace gimbal::sim
