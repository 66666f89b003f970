#include "truth_recorder.h"

#include <array>
#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

namespace gimbal::impair {
namespace {

// 10 MB: a quarter of a second at a million packets per second.
constexpr std::size_t kRingRecords = 1 << 18;
constexpr std::chrono::milliseconds kPause{2};

}  // namespace

Result<std::unique_ptr<TruthRecorder>> TruthRecorder::start(const std::string& path,
                                                            std::uint64_t seed) {
  auto writer = TruthWriter::create(path, seed);
  if (!writer) return Error{"truth_log", writer.error().message()};
  return std::unique_ptr<TruthRecorder>{new TruthRecorder{std::move(writer.value()), path}};
}

TruthRecorder::TruthRecorder(TruthWriter writer, std::string path)
    : ring_{kRingRecords}, writer_{std::move(writer)}, path_{std::move(path)}, thread_{[this] {
        write_until_stopped();
      }} {}

TruthRecorder::~TruthRecorder() {
  stop_.store(true, std::memory_order_release);
  thread_.join();
  if (!writer_.close(ring_.lost())) spdlog::error("truth_log: {}: could not be closed", path_);
}

void TruthRecorder::write_until_stopped() {
  for (;;) {
    const bool stopping = stop_.load(std::memory_order_acquire);
    const bool wrote = write_some();
    if (stopping && !wrote) return;
    if (!wrote) std::this_thread::sleep_for(kPause);
  }
}

bool TruthRecorder::write_some() {
  std::array<TruthRecord, 1024> records;
  const std::size_t count = ring_.pop(records);
  if (count == 0) return false;
  const bool had_lost = writer_.lost() > 0;
  if (!writer_.append(std::span{records}.first(count)) && !had_lost) {
    spdlog::error("truth_log: {}: the disk takes no more; packets go on unrecorded", path_);
  }
  records_.store(writer_.records(), std::memory_order_relaxed);
  lost_.store(writer_.lost(), std::memory_order_relaxed);
  return true;
}

}  // namespace gimbal::impair
