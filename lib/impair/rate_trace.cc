#include "impair/rate_trace.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "impair/periodic.h"

namespace gimbal::impair {
namespace {

std::int64_t cycle_of(Instant at, Nanos period, Instant start) noexcept {
  return ((at - start) - phase_of(at, period, start)).count() / period.count();
}

}  // namespace

RateTrace RateTrace::opportunities(std::vector<Nanos> at) {
  RateTrace trace;
  trace.opportunities_ = true;
  trace.period_ = at.back();
  trace.at_ = std::move(at);
  trace.bits_per_period_ = 8.0 * kOpportunityBytes * static_cast<double>(trace.at_.size());
  return trace;
}

RateTrace RateTrace::intervals(std::vector<Nanos> at, const std::vector<double>& mbit,
                               Nanos period) {
  RateTrace trace;
  trace.period_ = period;
  trace.at_ = std::move(at);
  for (std::size_t i = 0; i < trace.at_.size(); ++i) {
    const Nanos end = i + 1 < trace.at_.size() ? trace.at_[i + 1] : period;
    trace.bits_per_ns_.push_back(mbit[i] * 1e-3);
    trace.bits_before_.push_back(trace.bits_per_period_);
    trace.bits_per_period_ +=
        trace.bits_per_ns_.back() * static_cast<double>((end - trace.at_[i]).count());
  }
  return trace;
}

double RateTrace::mean_mbit() const noexcept {
  return bits_per_period_ / static_cast<double>(period_.count()) * 1e3;
}

Instant TraceCursor::serve(const RateTrace& trace, Instant from, std::uint32_t bytes,
                           Instant start) noexcept {
  if (trace_ != &trace) *this = TraceCursor{};
  const bool fresh = trace_ == nullptr;
  trace_ = &trace;
  if (!trace.opportunities_) {
    if (fresh || from != done_) spare_bits_ = 0;
    return done_ = use_intervals(from, bytes, start);
  }
  if (fresh || opportunity(start) < from) {
    cycle_ = cycle_of(from, trace.period_, start);
    const Nanos phase = phase_of(from, trace.period_, start);
    const auto next = std::lower_bound(trace.at_.begin(), trace.at_.end(), phase);
    index_ = static_cast<std::size_t>(next - trace.at_.begin());
    left_ = RateTrace::kOpportunityBytes;
  }
  return done_ = use_opportunities(bytes, start);
}

Instant TraceCursor::use_opportunities(std::uint32_t bytes, Instant start) noexcept {
  while (bytes > left_) {
    bytes -= left_;
    left_ = RateTrace::kOpportunityBytes;
    if (++index_ == trace_->at_.size()) {
      index_ = 0;
      ++cycle_;
    }
  }
  left_ -= bytes;
  return opportunity(start);
}

Instant TraceCursor::use_intervals(Instant from, std::uint32_t bytes, Instant start) noexcept {
  const RateTrace& trace = *trace_;
  const Nanos phase = phase_of(from, trace.period_, start);
  const auto now = static_cast<std::size_t>(
      std::upper_bound(trace.at_.begin(), trace.at_.end(), phase) - trace.at_.begin() - 1);
  const double before =
      trace.bits_before_[now] +
      trace.bits_per_ns_[now] * static_cast<double>((phase - trace.at_[now]).count());
  double due = before + std::max(0.0, 8.0 * bytes - spare_bits_);
  // Work that ends with the period is done in it, not after the silence that may begin the next.
  const double cycles = std::max(0.0, std::ceil(due / trace.bits_per_period_) - 1.0);
  due -= cycles * trace.bits_per_period_;
  const auto last = std::lower_bound(trace.bits_before_.begin(), trace.bits_before_.end(), due);
  std::size_t i = static_cast<std::size_t>(last - trace.bits_before_.begin());
  i = i == 0 ? 0 : i - 1;
  while (trace.bits_per_ns_[i] <= 0 && i > 0) --i;
  const double rate = trace.bits_per_ns_[i];
  const double exact = rate > 0 ? (due - trace.bits_before_[i]) / rate : 0.0;
  const double whole = std::ceil(exact);
  spare_bits_ = (whole - exact) * rate;
  const Instant done =
      start +
      trace.period_ * (cycle_of(from, trace.period_, start) + static_cast<std::int64_t>(cycles)) +
      trace.at_[i] + Nanos{static_cast<std::int64_t>(whole)};
  return max(from, done);
}

Instant TraceCursor::opportunity(Instant start) const noexcept {
  return start + trace_->period_ * cycle_ + trace_->at_[index_];
}

}  // namespace gimbal::impair
