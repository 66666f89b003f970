#pragma once

#include <array>
#include <cstdint>

#include "base/seq32.h"
#include "base/time.h"

namespace gimbal {

/// Shows acknowledgments at a steady round trip: each waits until its newest segment has been under
/// way for as long as all but the slowest are, so that a sender sees no jitter. The round trip
/// aimed at is the 90th percentile of the last round, and moves by at most a tenth a round. What
/// waits is a list of numbers and the instants they may be shown at: the newest ACK carries them
/// all.
class AckEnvelope {
 public:
  static constexpr std::uint32_t kEntries = 32;
  /// ACKs that come so close together are shown together.
  static constexpr Nanos kTogether = Nanos::micros(500);

  void begin() noexcept { *this = AckEnvelope{}; }
  /// A round closed (`rounds` counts them): nine tenths of its segments took no longer than
  /// `ceiling`.
  void close_round(std::uint32_t rounds, Nanos ceiling) noexcept {
    if (rounds == rounds_) return;
    rounds_ = rounds;
    if (target_ == Nanos{}) {
      target_ = ceiling;
      return;
    }
    target_ = min(max(ceiling, target_ - target_ / 10), target_ + target_ / 10);
  }
  [[nodiscard]] Nanos target() const noexcept { return target_; }

  /// An acknowledgment of `ack` came, whose newest segment took `rtt` (zero: unknown). Returns when
  /// it may be shown, no more than `most` from now.
  Instant add(Seq32 ack, Nanos rtt, Nanos most, Instant now) noexcept {
    Instant due = now;
    if (rtt > Nanos{} && rtt < target_) due = now + min(target_ - rtt, most);
    if (!empty()) due = max(due, newest().due);
    if (!empty() && (count_ == kEntries || due - newest().due < kTogether)) {
      newest().ack = ack;
      return newest().due;
    }
    if (empty() && due <= now) return due;
    entries_[(first_ + count_++) % kEntries] = {ack, due};
    return due;
  }
  /// The highest number that may be shown by now, `shown` when none.
  [[nodiscard]] Seq32 upto(Seq32 shown, Instant now) noexcept {
    while (count_ > 0 && entries_[first_].due <= now) {
      shown = max(shown, entries_[first_].ack);
      first_ = (first_ + 1) % kEntries;
      --count_;
    }
    return shown;
  }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  /// When the next number may be shown.
  [[nodiscard]] Instant next() const noexcept {
    return empty() ? Instant::never() : entries_[first_].due;
  }
  void forget() noexcept { count_ = 0; }

 private:
  struct Entry {
    Seq32 ack;
    Instant due;
  };
  [[nodiscard]] Entry& newest() noexcept { return entries_[(first_ + count_ - 1) % kEntries]; }

  std::array<Entry, kEntries> entries_{};
  std::uint32_t first_{0};
  std::uint32_t count_{0};
  std::uint32_t rounds_{0};
  Nanos target_{};
};

}  // namespace gimbal
