#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "base/result.h"
#include "impair/truth_file.h"
#include "impair/truth_log.h"

namespace gimbal::impair {

/// Brings the truth of the packet path to a file, on a thread of its own.
class TruthRecorder {
 public:
  /// `where` of an error is "truth_log".
  static Result<std::unique_ptr<TruthRecorder>> start(const std::string& path, std::uint64_t seed);
  /// Writes what is left and closes the file. The packet path must have stopped.
  ~TruthRecorder();
  TruthRecorder(const TruthRecorder&) = delete;
  TruthRecorder& operator=(const TruthRecorder&) = delete;

  [[nodiscard]] TruthRing& ring() noexcept { return ring_; }
  [[nodiscard]] std::uint64_t records() const noexcept {
    return records_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t lost() const noexcept {
    return ring_.lost() + lost_.load(std::memory_order_relaxed);
  }

 private:
  explicit TruthRecorder(TruthWriter writer, std::string path);
  void write_until_stopped();
  bool write_some();

  TruthRing ring_;
  TruthWriter writer_;  // Its thread only.
  std::string path_;
  std::atomic<std::uint64_t> records_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace gimbal::impair
