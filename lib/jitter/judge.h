#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "jitter/path_model.h"
#include "jitter/unsteadiness.h"

namespace gimbal {

/// What ails a leg (docs/glossary.md). `congested_unsteady` is congestion on a path that is also
/// unsteady: its losses count, its jitter does not.
enum class Verdict : std::uint8_t {
  unknown,
  clean,
  jitter_fifo,
  jitter_reorder,
  random_loss,
  outage,
  congested,
  congested_unsteady,
};
inline constexpr std::size_t kVerdictCount = 8;
[[nodiscard]] const char* to_string(Verdict verdict) noexcept;

/// What one acknowledgment added to the evidence.
struct Evidence {
  std::uint32_t delivered_segments{0};
  std::uint32_t lost_segments{0};
  std::uint32_t late_originals{0};
  bool congestion_echo{false};  ///< ECE: the receiver or path says so itself (RFC 3168).
  bool round_closed{false};
  std::uint32_t lost_in_error{0};     ///< Judged lost earlier, and delivered now.
  std::uint32_t resent_by_sender{0};  ///< Into a hole, before it was judged lost here.
};

/// Folds evidence into a verdict on one leg. Congestion is believed within two rounds and left when
/// 8 round trips, or 500 ms, brought no sign and a floor half the way down: wrongly hiding it harms
/// others, wrongly believing in it only costs us. How often it is right: docs/perf/verdict.md.
class Judge {
 public:
  /// Before any evidence: what flows of the same far prefix were judged. Never congestion.
  void believe(Verdict verdict) noexcept { settle(verdict, "what flows to the same prefix met"); }
  /// A round trip, in order of acknowledgment; `own_step`: see Unsteadiness::on_sample.
  void sample(Nanos rtt, Nanos own_step, const PathModel& path, Instant now) noexcept {
    shaking_.on_sample(rtt, own_step, path.base(), now);
  }
  /// Returns true when the verdict changed.
  bool weigh(const Evidence& evidence, const PathModel& path, Instant now) noexcept;
  /// Data has been outstanding for `silence` with nothing heard: an outage when long enough.
  bool weigh_silence(Nanos silence, const PathModel& path) noexcept;
  /// The silence that is long enough: nothing the path usually does, a delayed ACK included.
  [[nodiscard]] static Nanos patience(const PathModel& path) noexcept;

  [[nodiscard]] Verdict verdict() const noexcept { return verdict_; }
  /// The test that decided, as a static string.
  [[nodiscard]] const char* reason() const noexcept { return reason_; }
  [[nodiscard]] bool congested() const noexcept {
    return verdict_ == Verdict::congested || verdict_ == Verdict::congested_unsteady;
  }
  /// Something other than congestion alone ails the leg.
  [[nodiscard]] bool unsteady() const noexcept {
    return verdict_ != Verdict::unknown && verdict_ != Verdict::clean &&
           verdict_ != Verdict::congested;
  }
  /// The path itself said congestion within the last eight round trips.
  [[nodiscard]] bool echoed(Instant now, const PathModel& path) const noexcept {
    return last_echo_ + path.smoothed() * 8 > now;
  }
  /// Losses found per segment delivered, smoothed over about 512 segments.
  [[nodiscard]] double loss_ratio() const noexcept { return shaking_.loss_ratio(); }

 private:
  [[nodiscard]] const char* sign_of_congestion(const Evidence& evidence,
                                               const PathModel& path) const noexcept;
  bool settle(Verdict verdict, const char* reason) noexcept;

  Verdict verdict_{Verdict::unknown};
  const char* reason_{"fewer than 32 segments delivered"};
  const char* congestion_{""};  ///< The last sign of it.
  std::uint64_t delivered_{0};
  Instant congested_until_{INT64_MIN};
  Instant last_echo_{INT64_MIN / 2};
  Unsteadiness shaking_;
};

}  // namespace gimbal
