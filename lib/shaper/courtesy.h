#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// How the window treats neighbours. While the floor stands above its base somebody waits in a
/// queue, and we can afford to ask whose it is: take an eighth of the window away and see whether
/// the floor falls as much as our bytes leave. If it does, we are alone: step by step the queue
/// drains, and everybody's delay with it. If it does not, others fill what we leave; then the
/// window comes back as it was and we compete as CUBIC would, asking again ever more rarely. On an
/// unsteady path one answer proves nothing, and the others are hurt by what no longer hurts us:
/// there we yield slowly for as long as we compete (docs/adr/0013).
class Courtesy {
 public:
  struct Round {
    bool raised{false};    ///< The floor stands above its base.
    bool unsteady{false};  ///< The path hurts senders that nobody helps.
    Nanos floor{};
    Nanos smoothed{};
    std::uint32_t window{0};  ///< Bytes.
    bool calm{false};         ///< Nothing shakes at all.
  };
  /// The window to go on with; the one given when nothing is to change.
  [[nodiscard]] std::uint32_t close_round(const Round& round, Instant now) noexcept {
    // A question that was asked wants its answer, though the floor sank past the threshold
    // meanwhile: it may have sunk by less than our bytes would have taken with them.
    if (asked_window_ != 0 && !round.unsteady) return hear(round, now);
    if (!round.raised) return relief(round, now);
    quiet_ = 0;
    if (raised_since_ == Instant::never()) raised_since_ = now;
    if (now < compete_until_) return round.window;
    return round.unsteady ? yield(round, now) : ask(round);
  }
  /// The window was cut: there is nothing to give back.
  void forget() noexcept { asked_window_ = 0; }
  /// Others fill what we leave, and we take our share.
  [[nodiscard]] bool competes(Instant now) const noexcept { return now < compete_until_; }
  /// Growth is CUBIC's own business while we compete, and while nobody waits.
  [[nodiscard]] bool may_grow(bool raised, Instant now) const noexcept {
    return asked_window_ == 0 && (!raised || now < compete_until_);
  }

 private:
  static constexpr int kRelief = 2;  ///< Quiet rounds that count as relief.
  static constexpr int kSettle = 2;  ///< Rounds until a smaller window shows in the floor.
  static constexpr std::uint32_t kBaseMemoryMs = 12'000;
  static constexpr Nanos kPatience = Nanos::seconds(3);
  static constexpr Nanos kCompete = Nanos::seconds(3);
  static constexpr std::uint8_t kMostDoublings = 3;  ///< 24 s.

  static std::uint32_t micros(Nanos span) noexcept {
    return static_cast<std::uint32_t>(span.count() / 1000);
  }
  /// Goes round after seven weeks, which costs one question at most.
  static std::uint32_t millis(Instant at) noexcept {
    return static_cast<std::uint32_t>(at.ns() / 1'000'000);
  }
  std::uint32_t relief(const Round& round, Instant now) noexcept {
    asked_window_ = 0;
    if (quiet_ < kRelief && ++quiet_ < kRelief) return round.window;
    raised_since_ = Instant::never();
    // Those who answered are still there, for all a moment's relief tells.
    compete_until_ = round.unsteady ? now : min(compete_until_, max(now, answered_at_ + kCompete));
    return round.window;
  }

  std::uint32_t yield(const Round& round, Instant now) noexcept {
    asked_window_ = 0;
    if (now - raised_since_ < kPatience) return round.window - round.window / 40;
    compete_until_ = now + kCompete;
    raised_since_ = compete_until_;
    return round.window;
  }

  std::uint32_t ask(const Round& round) noexcept {
    drained_ = false;
    return step(round);
  }

  std::uint32_t hear(const Round& round, Instant now) noexcept {
    if (++waited_ < kSettle) {
      // What was sent before the step may still raise the floor.
      asked_floor_us_ = std::max(asked_floor_us_, micros(round.floor));
      return round.window;
    }
    const std::uint32_t before = asked_window_;
    asked_window_ = 0;
    if (asked_floor_us_ >= micros(round.floor + round.smoothed / 16)) {
      doublings_ = 0;
      drained_ = true;
      // Now and then down to the bottom: a base that nobody sees again creeps up on its queue.
      const bool deeper = round.raised || (round.calm && millis(now) - emptied_ms_ > kBaseMemoryMs);
      return deeper ? step(round) : round.window;
    }
    if (drained_ && !round.raised) {
      emptied_ms_ = millis(now);
      return before;
    }
    answered_at_ = now;
    compete_until_ = now + kCompete * (1 << doublings_);
    if (doublings_ < kMostDoublings) ++doublings_;
    return before;
  }

  std::uint32_t step(const Round& round) noexcept {
    asked_window_ = round.window;
    asked_floor_us_ = micros(round.floor);
    waited_ = 0;
    return round.window - round.window / 8;
  }

  Instant raised_since_{Instant::never()};
  Instant compete_until_{INT64_MIN};
  Instant answered_at_{INT64_MIN / 2};  ///< When others last filled what we left.
  std::uint32_t asked_window_{0};       ///< What the window was before the step; 0: nothing asked.
  // A flow's state is memory times a million.
  std::uint32_t asked_floor_us_{0};
  std::uint32_t emptied_ms_{0U - kBaseMemoryMs};  ///< When the queue was last seen to end.
  std::uint8_t waited_{0};
  std::uint8_t quiet_{0};
  std::uint8_t doublings_{0};  ///< Of the time we compete.
  bool drained_{false};        ///< What was asked had a yes already.
};

}  // namespace gimbal
