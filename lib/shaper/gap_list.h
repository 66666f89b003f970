#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/seq32.h"
#include "base/time.h"

namespace gimbal {

/// A range of a half-flow's data that has not come while later data has.
struct Gap {
  Seq32 start;
  Seq32 end;
  std::uint32_t revealed_ts{0};  ///< TSval of the segment that came from beyond it first.
  Instant revealed_at{};
  bool queued{false};  ///< The leg looked congested when it opened.
};

/// The gaps in what arrived of one half-flow, in sequence order. Bounded: when full the oldest gap
/// is forgotten, and what would have filled it passes for a copy.
class GapList {
 public:
  static constexpr std::size_t kCapacity = 256;

  /// Data came that starts at `gap.end`; all before `gap.start` came or is a gap already. False
  /// when an older gap was forgotten for it.
  bool open(const Gap& gap) noexcept;
  /// [start, end) came: takes it out. The gap it lay in or touched first, as it was; nothing when
  /// all of it had come before.
  std::optional<Gap> fill(Seq32 start, Seq32 end) noexcept;
  /// What is below `una` is at the receiver, whatever we saw of it.
  void forget_below(Seq32 una) noexcept;
  void clear() noexcept { first_ = last_ = 0; }

  [[nodiscard]] bool empty() const noexcept { return first_ == last_; }
  [[nodiscard]] std::size_t size() const noexcept { return last_ - first_; }
  /// The oldest gap; only while not empty.
  [[nodiscard]] const Gap& front() const noexcept { return gaps_[first_]; }
  /// Sequence space missing in gaps that opened in [from, to).
  [[nodiscard]] std::uint32_t missing_between(Instant from, Instant to) const noexcept;

 private:
  [[nodiscard]] std::size_t first_ending_after(Seq32 seq) const noexcept;
  bool make_room() noexcept;
  void erase(std::size_t from, std::size_t to) noexcept;

  std::array<Gap, kCapacity> gaps_{};
  std::uint32_t first_{0};  ///< gaps_[first_, last_) are open.
  std::uint32_t last_{0};
};

}  // namespace gimbal
