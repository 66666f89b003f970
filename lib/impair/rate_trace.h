#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace gimbal::impair {

/// A recorded link, which repeats after `period`. Immutable once built (trace_text.h builds it).
class RateTrace {
 public:
  /// What one delivery opportunity carries (Mahimahi's mm-link).
  static constexpr std::uint32_t kOpportunityBytes = 1500;

  /// Opportunities at these times since the start of the trace: ascending, equal ones allowed,
  /// the last above zero; it is the period.
  static RateTrace opportunities(std::vector<Nanos> at);
  /// `mbit[i]` from `at[i]` to the next, the last one to `period`. `at` begins with zero and
  /// ascends strictly; no rate is negative and one at least is above zero.
  static RateTrace intervals(std::vector<Nanos> at, const std::vector<double>& mbit, Nanos period);

  [[nodiscard]] Nanos period() const noexcept { return period_; }
  [[nodiscard]] double mean_mbit() const noexcept;

 private:
  friend class TraceCursor;
  RateTrace() = default;

  bool opportunities_{false};
  Nanos period_{};
  std::vector<Nanos> at_;
  std::vector<double> bits_per_ns_;  // Intervals only, as the next.
  std::vector<double> bits_before_;  // Served from the start of the trace to at_[i].
  double bits_per_period_{0};
};

/// A place in a trace: serves frames one after the other. Small, copied to look ahead.
class TraceCursor {
 public:
  /// When `bytes` are served whose service may begin at `from`, which must not run backwards. What
  /// an opportunity does not use is lost, unless the next frame was there by then. The trace began
  /// at `start`.
  [[nodiscard]] Instant serve(const RateTrace& trace, Instant from, std::uint32_t bytes,
                              Instant start) noexcept;

 private:
  [[nodiscard]] Instant use_opportunities(std::uint32_t bytes, Instant start) noexcept;
  [[nodiscard]] Instant use_intervals(Instant from, std::uint32_t bytes, Instant start) noexcept;
  [[nodiscard]] Instant opportunity(Instant start) const noexcept;

  const RateTrace* trace_{nullptr};
  std::int64_t cycle_{0};
  std::size_t index_{0};
  std::uint32_t left_{0};
  Instant done_{};
  double spare_bits_{0};  // Served beyond the last frame when its end was rounded up.
};

}  // namespace gimbal::impair
