#pragma once

#include <cstdint>
#include <queue>
#include <string>
#include <vector>

#include "base/result.h"
#include "impair/capture_ring.h"
#include "impair/pcapng_file.h"

namespace gimbal::impair {

enum class Sides : std::uint8_t { a, b, both };

/// A pcapng file of the emulator's ports, interface 0 for a and 1 for b: each packet where it
/// arrived and, when it was carried, where it left, its fate as the comment, in order of time. What
/// leaves is written at the time decided on arrival, as the truth log has it.
class FateCapture {
 public:
  /// `epoch_ns`: when the run's time zero was, since 1970.
  static Result<FateCapture> create(const std::string& path, Sides sides, std::int64_t epoch_ns,
                                    PcapngWriter::Existing existing);

  /// Frames come in order of arrival. False when the disk took no more.
  bool add(const CaptureRing::Frame& frame);
  /// Writes what left until `at` nanoseconds of the run; no frame that arrived before may follow.
  bool advance(std::int64_t at);
  /// Brings what was written to the disk.
  bool flush();
  /// Writes all that is still to leave, then flushes.
  bool finish();

  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

 private:
  struct Departure {
    std::int64_t at{0};
    std::uint64_t sequence{0};
    TruthRecord record;
    std::vector<std::byte> bytes;
  };
  struct Later {
    bool operator()(const Departure& x, const Departure& y) const noexcept {
      return x.at != y.at ? x.at > y.at : x.sequence > y.sequence;
    }
  };

  FateCapture(PcapngWriter file, Sides sides, std::int64_t epoch_ns) noexcept
      : file_{std::move(file)}, sides_{sides}, epoch_ns_{epoch_ns} {}
  [[nodiscard]] bool wants(std::uint32_t port) const noexcept {
    return sides_ == Sides::both || static_cast<std::uint32_t>(sides_) == port;
  }
  bool write(std::uint32_t port, std::int64_t at, const TruthRecord& record,
             std::span<const std::byte> bytes, const char* way);
  void keep(const TruthRecord& record, std::span<const std::byte> bytes);

  PcapngWriter file_;
  Sides sides_;
  std::int64_t epoch_ns_;
  std::priority_queue<Departure, std::vector<Departure>, Later> leaving_;
  std::uint64_t sequence_{0};
  std::uint64_t written_{0};
  bool failed_{false};
};

}  // namespace gimbal::impair
