#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

#include "impair/direction.h"
#include "sim/frame.h"
#include "sim/loop.h"

namespace gimbal::sim {

struct LinkFigures {
  std::uint64_t frames{0};
  std::uint64_t random_losses{0};
  std::uint64_t queue_drops{0};
  /// Highest backlog that some 200 ms never fell below: a queue that stands, not a burst passing.
  std::uint64_t standing_bytes{0};
};

/// One direction of the path: the emulator's own model on the virtual clock.
class Link {
 public:
  Link(Loop& loop, const impair::DirectionConfig& config, std::uint64_t seed, Sink out)
      : loop_{loop}, direction_{config, seed, loop.now()}, out_{std::move(out)} {}

  void send(Frame frame) {
    const impair::Admission fate =
        direction_.admit(static_cast<std::uint32_t>(frame.size()), loop_.now());
    watch_queue(fate.backlog_bytes);
    if (on_admission) on_admission(frame, fate);
    ++figures_.frames;
    if (fate.cause == impair::DropCause::random_loss)
      ++figures_.random_losses;
    else if (!fate.carried())
      ++figures_.queue_drops;
    if (!fate.carried()) return;
    loop_.at(fate.release_at,
             [this, moved = std::move(frame)]() mutable { out_(std::move(moved)); });
  }

  /// The path is another one for what comes from now on.
  void reconfigure(const impair::DirectionConfig& config) {
    direction_.reconfigure(config, loop_.now());
  }
  [[nodiscard]] const impair::DirectionConfig& config() const noexcept {
    return direction_.config();
  }
  /// Hears the fate of every frame as it is decided, on the frame's arrival.
  std::function<void(const Frame&, const impair::Admission&)> on_admission;

  [[nodiscard]] std::uint64_t backlog_bytes() { return direction_.backlog_bytes(loop_.now()); }
  [[nodiscard]] const LinkFigures& figures() const noexcept { return figures_; }

 private:
  void watch_queue(std::uint64_t backlog) {
    if (loop_.now() >= window_end_) {
      if (window_end_ != Instant{})
        figures_.standing_bytes = std::max(figures_.standing_bytes, lowest_);
      window_end_ = loop_.now() + Nanos::millis(200);
      lowest_ = backlog;
    }
    lowest_ = std::min(lowest_, backlog);
  }

  Loop& loop_;
  impair::Direction direction_;
  Sink out_;
  LinkFigures figures_;
  Instant window_end_{};
  std::uint64_t lowest_{0};
};

}  // namespace gimbal::sim
