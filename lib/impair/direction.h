#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/rng.h"
#include "base/time.h"
#include "impair/bottleneck.h"
#include "impair/direction_config.h"
#include "impair/stall_process.h"

namespace gimbal::impair {

/// Why a packet was not carried.
enum class DropCause : std::uint8_t {
  none,         ///< Carried.
  random_loss,  ///< The loss model took it.
  queue_full,   ///< The bottleneck queue had no room (drop tail).
  memory,       ///< The emulator's own packet memory was spent: its limit, not the model's.
  stopped,      ///< The emulator stopped and the port took no more.
};
inline constexpr std::size_t kDropCauseCount = 5;
inline constexpr std::array<std::string_view, kDropCauseCount> kDropCauses{
    "none", "random_loss", "queue_full", "memory", "stopped"};

[[nodiscard]] constexpr std::string_view to_string(DropCause cause) noexcept {
  return kDropCauses[static_cast<std::size_t>(cause)];
}

/// The fate of one packet, decided whole when it arrives. The times of a dropped packet, but for
/// `enqueued`, are `Instant::never()`.
struct Admission {
  DropCause cause{DropCause::none};
  std::uint32_t backlog_bytes{0};  ///< What waited in the bottleneck before this packet.
  Instant enqueued{};
  Instant dequeued_at{Instant::never()};  ///< Its last bit leaves the bottleneck.
  Instant release_at{Instant::never()};   ///< It leaves the emulator; >= dequeued_at.

  [[nodiscard]] constexpr bool carried() const noexcept { return cause == DropCause::none; }
};

/// One direction of an impaired path. No clock and no packets inside: it turns arrivals into
/// departure times, the same ones for the same seed, configuration and arrivals. The emulator runs
/// it on the wire's clock, the simulator on a virtual one. Allocates in the constructor only; one
/// thread.
///
/// Every model draws from a stream of its own, and the n-th packet takes the n-th draw whatever
/// becomes of it, so switching one model on does not reshuffle another.
class Direction {
 public:
  /// `start` is the zero of outages, batches and stalls. At most `max_queued` packets wait in the
  /// bottleneck at once; beyond, they are dropped for `memory`.
  Direction(const DirectionConfig& config, std::uint64_t seed, Instant start = Instant{},
            std::size_t max_queued = 65536);

  /// Decides the fate of a frame of `frame_bytes` that arrives `now`. `now` must not run backwards.
  Admission admit(std::uint32_t frame_bytes, Instant now) noexcept;

  /// Changes the models for the packets to come. What was accepted keeps its times, and stays
  /// ahead of what comes later unless the order rule is `reorder`.
  void reconfigure(const DirectionConfig& config, Instant now) noexcept;

  /// Frame bytes accepted and not yet dequeued.
  [[nodiscard]] std::uint64_t backlog_bytes(Instant now) noexcept {
    return bottleneck_.backlog_bytes(now);
  }
  [[nodiscard]] const DirectionConfig& config() const noexcept { return config_; }

 private:
  DirectionConfig config_;
  Rng loss_luck_;
  Rng jitter_luck_;
  Bottleneck bottleneck_;
  StallProcess stalls_;
  Instant start_;
  Instant last_arrival_;
  Instant last_release_;
};

}  // namespace gimbal::impair
