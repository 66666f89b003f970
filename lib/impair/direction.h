#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "impair/bottleneck.h"
#include "impair/direction_config.h"
#include "impair/frame_outline.h"
#include "impair/lane.h"
#include "impair/policer_process.h"
#include "impair/stall_process.h"

namespace gimbal::impair {

/// Why a packet was not carried.
enum class DropCause : std::uint8_t {
  none,         ///< Carried.
  random_loss,  ///< The loss model took it.
  queue_full,   ///< The bottleneck queue had no room (drop tail).
  memory,       ///< The emulator's own packet memory was spent: its limit, not the model's.
  stopped,      ///< The emulator stopped and the port took no more.
  aqm,          ///< The queue's management took it (CoDel).
  policed,      ///< The policer had no tokens for it.
  mtu,          ///< Larger than the path takes.
  link_down,    ///< Arrived while the link was down (flap).
};
inline constexpr std::size_t kDropCauseCount = 9;
inline constexpr std::array<std::string_view, kDropCauseCount> kDropCauses{
    "none", "random_loss", "queue_full", "memory", "stopped", "aqm", "policed", "mtu", "link_down"};

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
  std::uint8_t lane{0};                   ///< 0: in no class; else the number of its class, from 1.
  bool marked{false};                     ///< To be marked Congestion Experienced.
  bool duplicated{false};                 ///< Leaves twice, at the same time.
  std::uint64_t corruption{0};            ///< Seed of the bits to flip (frame_edit.h); 0: none.

  [[nodiscard]] constexpr bool carried() const noexcept { return cause == DropCause::none; }
};

/// What the models know of a frame.
struct Arrival {
  std::uint32_t frame_bytes{0};
  std::uint8_t lane{0};     ///< See Direction::classify.
  bool ecn_capable{false};  ///< Its sender understands ECN.
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

  /// Decides the fate of a frame that arrives `now`. `now` must not run backwards.
  Admission admit(const Arrival& arrival, Instant now) noexcept;
  Admission admit(std::uint32_t frame_bytes, Instant now) noexcept {
    return admit(Arrival{frame_bytes, 0, false}, now);
  }
  /// Whether any model asks what is in a frame: else an empty outline will do.
  [[nodiscard]] bool looks_inside() const noexcept {
    return config_.class_count > 0 || config_.aqm.kind != AqmKind::none ||
           config_.corruption.probability > 0;
  }
  /// The lane of a frame: 0, or the number of the first class that matches, from 1.
  [[nodiscard]] std::uint8_t classify(const FrameOutline& outline,
                                      std::span<const std::byte> frame) const noexcept;

  /// Changes the models for the packets to come. What was accepted keeps its times, and stays
  /// ahead of what comes later unless the order rule is `reorder`.
  void reconfigure(const DirectionConfig& config, Instant now) noexcept;

  /// Frame bytes accepted and not yet dequeued, those of classes with a rate of their own left out.
  [[nodiscard]] std::uint64_t backlog_bytes(Instant now) noexcept {
    return bottleneck_.backlog_bytes(now);
  }
  [[nodiscard]] const DirectionConfig& config() const noexcept { return config_; }
  [[nodiscard]] const Treatment& treatment(std::size_t lane) const noexcept;

 private:
  static constexpr std::size_t kLanes = 1 + DirectionConfig::kMostClasses;

  [[nodiscard]] DropCause refuse(const Arrival& arrival, const Treatment& treatment,
                                 const Lane::Plan& plan, Instant now) noexcept;
  [[nodiscard]] Bottleneck::Service serve(const Arrival& arrival, Instant now) noexcept;
  [[nodiscard]] Instant release(const Arrival& arrival, const Treatment& treatment,
                                const Lane::Plan& plan, Instant dequeued_at) noexcept;

  DirectionConfig config_;
  std::array<Lane, kLanes> lanes_;
  Bottleneck bottleneck_;
  std::vector<Bottleneck> own_;  // Of the classes, in order.
  PolicerProcess policer_;
  StallProcess stalls_;
  Instant start_;
  Instant last_arrival_;
};

}  // namespace gimbal::impair
