#include "shaper/ack_thinner.h"

namespace gimbal {

namespace {
constexpr std::uint8_t kFlatRounds = 3;
constexpr double kGrowing = 1.2;
}  // namespace

void AckThinner::begin(Instant now) noexcept {
  *this = AckThinner{};
  active_ = true;
  round_start_ = now;
}

void AckThinner::on_data(std::uint32_t bytes, std::int32_t room, std::uint32_t mss, Nanos rtt,
                         Instant now) noexcept {
  if (!active_) return;
  round_bytes_ += bytes;
  if (room >= static_cast<std::int32_t>(2 * mss)) {
    limited_since_ = Instant::never();
  } else if (limited_since_ == Instant::never()) {
    limited_since_ = now;
  }
  if (now - round_start_ < rtt) return;
  const bool held_by_window = limited_since_ != Instant::never() && now - limited_since_ >= rtt * 2;
  const bool growing =
      static_cast<double>(round_bytes_) > kGrowing * static_cast<double>(last_round_bytes_);
  flat_rounds_ = growing ? 0 : static_cast<std::uint8_t>(flat_rounds_ + 1);
  if (held_by_window || flat_rounds_ >= kFlatRounds) active_ = false;
  last_round_bytes_ = round_bytes_;
  round_bytes_ = 0;
  round_start_ = now;
}

}  // namespace gimbal
