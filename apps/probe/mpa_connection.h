#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "probe/event_loop.h"
#include "probe/mpa_frame.h"
#include "probe/mpa_message.h"
#include "probe/out_buffer.h"
#include "probe/protocol.h"

namespace gimbal::probe {

/// What every connection of an mpa run does alike.
struct MpaShape {
  MpaOptions options;
  std::size_t request_bytes{64};  ///< ULPDU sizes, from `MpaMessage::kHeadSize` on.
  std::size_t answer_bytes{1400};
  std::string congestion;
};

/// The asking end of one MPA stream. Sends numbered requests, which are answered in order.
class MpaConnection final : public Watcher {
 public:
  /// Told of every answer: when its request was due, and whether all bytes of both were right.
  using Answered =
      std::function<void(Clock::time_point intended, Clock::time_point now, bool right)>;

  MpaConnection(EventLoop& loop, const MpaShape& shape, std::uint64_t seed, Answered answered);
  ~MpaConnection() override;

  /// Connects and agrees on the options; waits at most `limit`.
  Result<bool> open(const SocketAddress& server, std::chrono::milliseconds limit);
  /// Queues one request that was due at `intended`.
  void ask(Clock::time_point intended);
  void advance(std::uint32_t events, Clock::time_point now) override;

  [[nodiscard]] std::size_t pending() const noexcept { return pending_.size(); }
  /// The oldest unanswered request was due then; the end of time when there is none.
  [[nodiscard]] Clock::time_point oldest() const noexcept;
  /// Empty while all is well; else why the connection ended.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  [[nodiscard]] std::uint64_t markers() const noexcept { return reader_ ? reader_->markers() : 0; }

 private:
  Result<bool> agree(std::chrono::milliseconds limit);
  void read_some(Clock::time_point now);
  void take(std::span<const std::byte> ulpdu, Clock::time_point now);
  void fail(std::string why);
  void flush();

  EventLoop& loop_;
  MpaShape shape_;
  std::uint64_t seed_;
  Answered answered_;
  Fd fd_;
  EventLoop::Id id_{0};
  bool watching_{false};
  std::optional<MpaReader> reader_;
  std::optional<MpaWriter> writer_;
  std::vector<std::byte> ulpdu_;
  OutBuffer out_;
  std::uint64_t next_number_{0};
  std::uint64_t next_answer_{0};
  std::deque<Clock::time_point> pending_;
  std::string failure_;
};

}  // namespace gimbal::probe
