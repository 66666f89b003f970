#include "capture_recorder.h"

#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

namespace gimbal::impair {
namespace {

// 40,000 full frames: some 0.4 s of them at a gigabit per second.
constexpr std::size_t kRingBytes = std::size_t{64} << 20;
constexpr std::chrono::milliseconds kPause{2};
// What arrived longer ago than this is no longer on its way through the ring.
constexpr std::int64_t kSettled = 20'000'000;

std::int64_t since_1970() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::string_view to_string(CaptureRecorder::State state) noexcept {
  switch (state) {
    case CaptureRecorder::State::running:
      return "running";
    case CaptureRecorder::State::complete:
      return "complete";
    case CaptureRecorder::State::disk_full:
      return "disk_full";
    case CaptureRecorder::State::stopped:
      break;
  }
  return "stopped";
}

Result<std::unique_ptr<CaptureRecorder>> CaptureRecorder::start(const CaptureOptions& options,
                                                                std::int64_t epoch_ns) {
  auto file = FateCapture::create(options.file, options.sides, epoch_ns, options.existing);
  if (!file) return file.error();
  return std::unique_ptr<CaptureRecorder>{
      new CaptureRecorder{options, std::move(file.value()), epoch_ns}};
}

CaptureRecorder::CaptureRecorder(const CaptureOptions& options, FateCapture file,
                                 std::int64_t epoch_ns)
    : options_{options},
      epoch_ns_{epoch_ns},
      ring_{kRingBytes, options.snap_bytes},
      file_{std::move(file)},
      thread_{[this] { write_until_stopped(); }} {}

void CaptureRecorder::stop() {
  if (!thread_.joinable()) return;
  stop_.store(true, std::memory_order_release);
  thread_.join();
}

void CaptureRecorder::write_until_stopped() {
  for (;;) {
    const bool stopping = stop_.load(std::memory_order_acquire);
    if (write_some()) continue;
    if (stopping) break;
    write_settled();
    std::this_thread::sleep_for(kPause);
  }
  if (state() == State::running) end(file_.finish() ? State::stopped : State::disk_full);
}

void CaptureRecorder::write_settled() {
  if (state() != State::running) return;
  const bool written = file_.advance(since_1970() - epoch_ns_ - kSettled) && file_.flush();
  frames_.store(file_.written(), std::memory_order_relaxed);
  if (!written) end(State::disk_full);
}

bool CaptureRecorder::write_some() {
  const auto frame = ring_.pop();
  if (!frame) return false;
  if (state() != State::running) return true;
  if (!file_.add(*frame)) {
    end(State::disk_full);
  } else if (options_.packets != 0 && file_.written() >= options_.packets) {
    end(file_.finish() ? State::complete : State::disk_full);
  }
  frames_.store(file_.written(), std::memory_order_relaxed);
  return true;
}

void CaptureRecorder::end(State state) {
  ring_.close();
  frames_.store(file_.written(), std::memory_order_relaxed);
  state_.store(state, std::memory_order_release);
  if (state == State::disk_full) {
    spdlog::error("capture: {}: the disk takes no more; packets go on uncaptured", options_.file);
  }
}

}  // namespace gimbal::impair
