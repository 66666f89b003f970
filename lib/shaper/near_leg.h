#pragma once

#include <array>
#include <cstdint>

#include "base/seq32.h"
#include "base/time.h"
#include "jitter/path_model.h"
#include "shaper/loss_pattern.h"

namespace gimbal {

/// What is known of the leg between us and the sender of a half-flow, and whether it is congested.
/// Round trips come from timestamps: the receiver's TSval, and the data that echoes it first. They
/// hold both directions of the leg and the sender's own turn-around, so only their floor counts.
class NearLeg {
 public:
  /// `handshake_rtt` of the leg; zero when unknown.
  void begin(Nanos handshake_rtt) noexcept { path_.seed(handshake_rtt); }
  /// An acknowledgment of all before `ack` with this TSval goes to the sender now.
  void on_shown(std::uint32_t ts_value, Seq32 ack, Instant now) noexcept;
  /// Data up to `end` came that echoes `ts_echo`. True when it closed a round of samples.
  bool on_data(std::uint32_t ts_echo, Seq32 end, Instant now) noexcept;
  /// A segment came over the leg, or `lost` were found missing. Their copies fill a gap one by one:
  /// of runs nothing is known here.
  void add_segments(std::uint32_t came, std::uint32_t lost) noexcept {
    pattern_.add(came, lost, lost);
  }
  /// CE on data, or ECE from its receiver: this leg or a later one says so itself.
  void on_mark(Instant now) noexcept { marked_at_ = now; }

  /// Losses of now count, `missing_now` of them found within a round trip: a standing queue, a
  /// mark, or far more lost at once than is usual here. `ruled`: somebody holds that queue down by
  /// its delay, so that what is lost as often without one is none of its doing.
  [[nodiscard]] bool congested(std::uint32_t missing_now, bool ruled, Instant now) const noexcept;
  /// The sender's own round trip: from an acknowledgment to the one for the data it let go. Longer
  /// than the leg's, whose samples end with the first data to arrive, by what order costs.
  [[nodiscard]] Nanos loop() const noexcept { return max(loop_, path_.smoothed()); }
  [[nodiscard]] const PathModel& path() const noexcept { return path_; }
  [[nodiscard]] PathModel& path() noexcept { return path_; }

 private:
  struct Shown {
    std::uint32_t ts_value{0};
    Instant at{};
  };
  static constexpr std::uint32_t kRing = 64;

  PathModel path_;
  LossPattern pattern_;
  std::array<Shown, kRing> shown_{};
  std::uint32_t head_{0};  ///< shown_[head_, tail_) wait for their echo; positions count on.
  std::uint32_t tail_{0};
  Instant marked_at_{INT64_MIN / 2};
  Nanos loop_{};
  Instant loop_start_{Instant::never()};  ///< never(): none is being timed.
  Seq32 loop_end_;
};

}  // namespace gimbal
