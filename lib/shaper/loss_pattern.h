#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace gimbal {

/// Tells an overflowing queue from stray loss by how many segments go at once. A queue too short to
/// raise the round-trip floor still shows itself: it loses a good part of a round trip, where this
/// path's usual loss takes its usual share.
class LossPattern {
 public:
  /// What earlier flows of the same path lost, per segment.
  void seed(double usual) noexcept { usual_ = static_cast<float>(usual); }
  /// `lost` segments in `runs` of neighbours.
  void add(std::uint32_t delivered, std::uint32_t lost, std::uint32_t runs) noexcept {
    round_.delivered += delivered;
    round_.lost += lost;
    runs_ = static_cast<std::uint16_t>(std::min(runs_ + runs, 0xffffU));
  }
  /// Lost segments taken back: they came after all. The older round had the time to be wrong.
  void forgive(std::uint32_t segments) noexcept {
    const std::uint32_t older = std::min(last_.lost, segments);
    last_.lost -= older;
    round_.lost -= std::min(round_.lost, segments - older);
  }
  /// A round closed. True when the one before it lost far more than usual and nothing took that
  /// back since: disorder looks like a burst until its originals arrive.
  /// `raised`: the floor stands above its base; what is lost then says nothing about stray loss.
  [[nodiscard]] bool close_round(bool raised) noexcept {
    const bool proven = burst(last_);
    const auto segments = static_cast<double>(last_.delivered + last_.lost);
    if (segments > 0 && !proven && !raised) {
      const double weight = std::min(1.0, segments / kMemory);
      const double share = static_cast<double>(last_.lost) / segments;
      usual_ += static_cast<float>(weight * (share - static_cast<double>(usual_)));
      seen_ = static_cast<float>(std::min(static_cast<double>(seen_) + segments, kLongMemory));
      lasting_ += static_cast<float>(segments / static_cast<double>(seen_) *
                                     (share - static_cast<double>(lasting_)));
      strays_ = static_cast<std::uint8_t>(std::min(strays_ + last_.lost, 255U));
    }
    if (!raised) learn_runs();
    last_ = round_;
    round_ = Round{};
    runs_ = 0;
    return proven;
  }
  /// The losses so far were answered for.
  void close_event() noexcept {
    learn_runs();
    round_ = last_ = Round{};
    runs_ = 0;
  }
  /// Losses are under suspicion: no time to take a reduction back.
  [[nodiscard]] bool suspicious() const noexcept { return burst(round_) || burst(last_); }
  /// This round already lost far more than usual.
  [[nodiscard]] bool bursting() const noexcept { return burst(round_); }
  /// As `bursting`, for `missing` segments that were lost within one round trip but not counted
  /// yet. Measured against a whole round: against one that has just begun a few strays look like
  /// many.
  [[nodiscard]] bool would_burst(std::uint32_t missing) const noexcept {
    return burst({std::max(round_.delivered, last_.delivered), missing});
  }
  /// This path loses segments anyway, and this round no more than it does with an empty queue.
  [[nodiscard]] bool stray() const noexcept {
    return (usual() >= kStray ||
            (strays_ >= 2 && static_cast<double>(lasting_) >= kLastingStray)) &&
           !bursting();
  }
  [[nodiscard]] double usual() const noexcept { return static_cast<double>(usual_); }
  /// Segments lost in a row, in the mean: 1 where each is lost by itself.
  [[nodiscard]] float run_length() const noexcept { return run_length_; }

 private:
  static constexpr std::uint32_t kFewest = 32;  ///< Segments; a first flight proves nothing.
  static constexpr double kLeast = 0.01;        ///< Share taken for usual before one is known.
  static constexpr double kStray = 0.001;
  static constexpr double kLastingStray = 0.0004;
  static constexpr double kLongMemory = 16384;
  static constexpr float kRunMemory = 16;  ///< Runs.
  static constexpr float kLongestRun = 8;  ///< A tail drop may lose many more in a row.
  static constexpr double kMemory = 2048;  ///< Segments over which the usual share is smoothed.

  struct Round {
    std::uint32_t delivered{0};
    std::uint32_t lost{0};
  };
  void learn_runs() noexcept {
    if (runs_ == 0 || round_.lost == 0) return;
    const auto runs = static_cast<float>(runs_);
    const float length = std::min(static_cast<float>(round_.lost) / runs, kLongestRun);
    run_length_ += std::min(runs / kRunMemory, 1.0F) * (std::max(length, 1.0F) - run_length_);
  }
  /// Four deviations of a binomial count, and then some, so that stray loss of 1 % is mistaken for
  /// a burst less than once in ten thousand rounds. Where losses come in runs of geometric length
  /// the count deviates by that much more (a compound Poisson count).
  [[nodiscard]] bool burst(const Round& round) const noexcept {
    if (round.delivered + round.lost < kFewest) return false;
    const double expected =
        static_cast<double>(round.delivered + round.lost) * std::max(kLeast, usual());
    const double run = static_cast<double>(run_length_);
    return static_cast<double>(round.lost) >
           expected + 4 * std::sqrt(expected * (2 * run - 1)) + 3 * run;
  }

  Round round_;
  Round last_;
  // A flow's state is memory times a million: seven digits are enough.
  float usual_{0};
  float lasting_{0};  ///< The mean so far, then smoothed over `kLongMemory`.
  float seen_{0};
  float run_length_{1};
  std::uint16_t runs_{0};  ///< Of this round.
  std::uint8_t strays_{0};
};

}  // namespace gimbal
