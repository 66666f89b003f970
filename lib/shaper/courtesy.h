#pragma once

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
  };
  /// The window to go on with; the one given when nothing is to change.
  [[nodiscard]] std::uint32_t close_round(const Round& round, Instant now) noexcept {
    if (!round.raised) return relief(round, now);
    quiet_ = 0;
    if (raised_since_ == Instant::never()) raised_since_ = now;
    if (now < compete_until_) return round.window;
    return round.unsteady ? yield(round, now) : ask(round, now);
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
  static constexpr Nanos kPatience = Nanos::seconds(3);
  static constexpr Nanos kCompete = Nanos::seconds(3);
  static constexpr Nanos kLongestCompete = Nanos::seconds(24);

  std::uint32_t relief(const Round& round, Instant now) noexcept {
    asked_window_ = 0;
    if (quiet_ < kRelief && ++quiet_ < kRelief) return round.window;
    raised_since_ = Instant::never();
    compete_until_ = now;
    compete_ = kCompete;
    return round.window;
  }

  std::uint32_t yield(const Round& round, Instant now) noexcept {
    asked_window_ = 0;
    if (now - raised_since_ < kPatience) return round.window - round.window / 40;
    compete_until_ = now + kCompete;
    raised_since_ = compete_until_;
    return round.window;
  }

  std::uint32_t ask(const Round& round, Instant now) noexcept {
    if (asked_window_ == 0) return step(round);
    if (++waited_ < kSettle) return round.window;
    const Nanos expected = round.smoothed / 8;
    if (asked_floor_ - round.floor >= expected / 2) return step(round);
    const std::uint32_t before = asked_window_;
    asked_window_ = 0;
    compete_until_ = now + compete_;
    compete_ = min(compete_ * 2, kLongestCompete);
    return before;
  }

  std::uint32_t step(const Round& round) noexcept {
    asked_window_ = round.window;
    asked_floor_ = round.floor;
    waited_ = 0;
    return round.window - round.window / 8;
  }

  Instant raised_since_{Instant::never()};
  Instant compete_until_{INT64_MIN};
  Nanos compete_{kCompete};
  Nanos asked_floor_{};
  std::uint32_t asked_window_{0};  ///< What the window was before the step; 0: nothing asked.
  std::uint8_t waited_{0};
  std::uint8_t quiet_{0};
};

}  // namespace gimbal
