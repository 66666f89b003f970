#include "probe/transfer.h"

#include <array>
#include <cerrno>

namespace gimbal::probe {
namespace {

/// One scratch block is enough: the transfers of a thread run one after another.
constexpr std::size_t kBlock = 128 * 1024;
/// Writes or reads per turn, so that one fast flow cannot keep the others waiting.
constexpr int kTurns = 8;

std::span<std::byte> scratch() {
  thread_local std::array<std::byte, kBlock> block;
  return block;
}

double ms_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

}  // namespace

Progress Source::pump(int fd) {
  for (int turn = 0; turn < kTurns; ++turn) {
    std::span<std::byte> block = scratch();
    if (total_ != 0) block = block.first(std::min<std::uint64_t>(block.size(), total_ - sent_));
    if (block.empty()) return Progress::done;
    pattern_.fill(block, sent_);
    const ssize_t n = ::send(fd, block.data(), block.size(), MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == EINTR ? Progress::waiting : Progress::failed;
    sent_ += static_cast<std::uint64_t>(n);
    if (static_cast<std::size_t>(n) < block.size()) return Progress::waiting;
  }
  return Progress::waiting;
}

void Source::sample(int fd, Clock::time_point now) {
  if (now < next_) return;
  while (next_ <= now) next_ += kTraceInterval;
  trace_.push_back({ms_between(start_, now), sample_tcp(fd)});
}

Progress Sink::drain(int fd) {
  const std::span<std::byte> block = scratch();
  for (int turn = 0; turn < kTurns; ++turn) {
    const ssize_t n = ::recv(fd, block.data(), block.size(), 0);
    if (n < 0) return errno == EAGAIN || errno == EINTR ? Progress::waiting : Progress::failed;
    if (n == 0) return Progress::done;
    const auto size = static_cast<std::size_t>(n);
    if (verify_ && !mismatch_) mismatch_ = pattern_.first_difference(block.first(size), received_);
    received_ += size;
  }
  return Progress::waiting;
}

void Sink::sample(Clock::time_point now) {
  if (now < next_) return;
  while (next_ <= now) next_ += kTraceInterval;
  trace_.push_back({ms_between(start_, now), received_});
}

}  // namespace gimbal::probe
