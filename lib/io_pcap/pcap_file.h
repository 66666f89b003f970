#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace gimbal {

/// One frame of a capture. `bytes` is valid until the next call of `next`.
struct CapturedFrame {
  Instant at{};  ///< Nanoseconds since the epoch of the capture's clock.
  std::span<const std::byte> bytes;
  std::uint32_t wire_length{0};  ///< Larger than `bytes` when the capture cut the frame short.
};

/// Reads an Ethernet capture (pcap or pcapng, micro- or nanosecond stamps).
class PcapReader {
 public:
  /// Errors: not readable, not a capture, link type not Ethernet.
  static Result<PcapReader> open(const std::string& path);
  PcapReader(PcapReader&&) noexcept;
  PcapReader& operator=(PcapReader&&) noexcept;
  ~PcapReader();

  /// The next frame, or nothing at the end. A damaged record ends the capture; `damage` says why.
  [[nodiscard]] std::optional<CapturedFrame> next();
  [[nodiscard]] const std::string& damage() const noexcept;

 private:
  struct State;
  explicit PcapReader(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

/// Writes an Ethernet capture with nanosecond stamps (magic 0xa1b23c4d). Closed by the destructor.
class PcapWriter {
 public:
  static Result<PcapWriter> create(const std::string& path);
  PcapWriter(PcapWriter&&) noexcept;
  PcapWriter& operator=(PcapWriter&&) noexcept;
  ~PcapWriter();

  void write(Instant at, std::span<const std::byte> frame);
  /// Flushes; false when the file could not be written whole (disk full).
  [[nodiscard]] bool flush();

 private:
  struct State;
  explicit PcapWriter(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace gimbal
