#pragma once

#include <cstdint>

#include "base/time.h"
#include "sim/scoreboard.h"

namespace gimbal::sim {

/// What one acknowledgment says about the rate of delivery.
struct RateSample {
  bool valid{false};  ///< `delivered` and `interval` measure something.
  std::uint64_t delivered{0};
  Nanos interval{};
  std::uint64_t prior_delivered{0};  ///< Delivered in all when the newest segment was sent.
  bool app_limited{false};
  std::uint32_t acked{0};  ///< Newly delivered by this ACK.
  std::uint32_t losses{0};
  std::uint32_t prior_in_flight{0};
  Nanos rtt{Nanos::max()};  ///< Of the last segment delivered; max: none.
  bool ack_delayed{false};  ///< The ACK of one last segment: its receiver may have waited.
};

/// Delivery rate as Linux measures it (tcp_rate.c, draft-cheng-iccrg-delivery-rate-estimation):
/// every transmission carries the state at its sending, and a sample is the slower of how fast the
/// segments went out and how fast they were acknowledged.
class RateSampler {
 public:
  /// `segment` was sent just now; `idle`: nothing else was outstanding.
  void stamp(Outstanding& segment, bool idle, std::uint64_t delivered, Instant now) noexcept {
    if (idle) first_sent_ = delivered_at_ = now;
    segment.delivered = delivered;
    segment.first_sent = first_sent_;
    segment.delivered_at = delivered_at_;
    segment.app_limited = app_limited_until_ != 0;
  }
  /// Nothing was there to send though the window was open.
  void limited_by_application(std::uint64_t until_delivered) noexcept {
    app_limited_until_ = until_delivered == 0 ? 1 : until_delivered;
  }
  [[nodiscard]] bool app_limited() const noexcept { return app_limited_until_ != 0; }
  [[nodiscard]] Instant delivered_at() const noexcept { return delivered_at_; }

  /// `segment` is newly delivered by the ACK being folded in.
  void observe(const Outstanding& segment) noexcept {
    const bool newer = !any_ || segment.sent > newest_sent_ ||
                       (segment.sent == newest_sent_ && segment.range.end > newest_end_);
    if (!newer) return;
    any_ = true;
    newest_sent_ = segment.sent;
    newest_end_ = segment.range.end;
    prior_delivered_ = segment.delivered;
    prior_at_ = segment.delivered_at;
    from_app_limited_ = segment.app_limited;
    sending_ = segment.sent - segment.first_sent;
    first_sent_ = segment.sent;
  }
  /// Closes the ACK; `delivered` in all by now.
  [[nodiscard]] RateSample sample(std::uint64_t delivered, Nanos min_rtt, Instant now) noexcept {
    RateSample out;
    if (app_limited_until_ != 0 && delivered > app_limited_until_) app_limited_until_ = 0;
    if (!any_) return out;
    any_ = false;
    const Nanos acking = now - prior_at_;
    delivered_at_ = now;
    out.prior_delivered = prior_delivered_;
    out.app_limited = from_app_limited_;
    out.delivered = delivered - prior_delivered_;
    out.interval = max(sending_, acking);
    // Faster than any round trip: a copy whose original had come.
    out.valid = out.interval >= min_rtt && out.interval > Nanos{};
    return out;
  }

 private:
  Instant first_sent_{};
  Instant delivered_at_{};
  std::uint64_t app_limited_until_{0};

  bool any_{false};
  Instant newest_sent_{};
  std::uint64_t newest_end_{0};
  std::uint64_t prior_delivered_{0};
  Instant prior_at_{};
  Nanos sending_{};
  bool from_app_limited_{false};
};

}  // namespace gimbal::sim
