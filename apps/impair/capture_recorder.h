#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "fate_capture.h"
#include "impair/capture_ring.h"

namespace gimbal::impair {

struct CaptureOptions {
  std::string file;
  Sides sides{Sides::both};
  std::uint32_t snap_bytes{65535};  ///< Of each frame.
  /// Ends when so many frames are in the file; what is on its way then still follows. 0: never.
  std::uint64_t packets{0};
  PcapngWriter::Existing existing{PcapngWriter::Existing::replace};
};

/// Brings packets and fates from the packet path to a pcapng file, on a thread of its own. When
/// the disk is full, or enough was written, the packet path goes on and nothing more is copied.
class CaptureRecorder {
 public:
  enum class State { running, complete, disk_full, stopped };

  /// `epoch_ns`: when the run's time zero was, since 1970. The error names the file.
  static Result<std::unique_ptr<CaptureRecorder>> start(const CaptureOptions& options,
                                                        std::int64_t epoch_ns);
  ~CaptureRecorder() { stop(); }
  CaptureRecorder(const CaptureRecorder&) = delete;
  CaptureRecorder& operator=(const CaptureRecorder&) = delete;

  /// Writes what is left and closes the file. The packet path must have let go of the ring.
  void stop();

  [[nodiscard]] CaptureRing& ring() noexcept { return ring_; }
  [[nodiscard]] const CaptureOptions& options() const noexcept { return options_; }
  [[nodiscard]] State state() const noexcept { return state_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint64_t frames() const noexcept {  ///< In the file.
    return frames_.load(std::memory_order_relaxed);
  }
  /// Packets the writer did not keep up with; they left all the same.
  [[nodiscard]] std::uint64_t lost() const noexcept { return ring_.lost(); }

 private:
  CaptureRecorder(const CaptureOptions& options, FateCapture file, std::int64_t epoch_ns);
  void write_until_stopped();
  bool write_some();
  void write_settled();
  void end(State state);

  CaptureOptions options_;
  std::int64_t epoch_ns_;
  CaptureRing ring_;
  FateCapture file_;  // Its thread only.
  std::atomic<State> state_{State::running};
  std::atomic<std::uint64_t> frames_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

[[nodiscard]] std::string_view to_string(CaptureRecorder::State state) noexcept;

}  // namespace gimbal::impair
