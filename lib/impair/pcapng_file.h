#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "impair/truth_file.h"

namespace gimbal::impair {

/// Writes Ethernet frames with a comment each as pcapng (draft-ietf-opsawg-pcapng), nanosecond
/// stamps. Not for the packet path.
class PcapngWriter {
 public:
  enum class Existing { replace, refuse };  ///< What becomes of a file of that name.

  /// One capture interface per name, numbered from 0.
  static Result<PcapngWriter> create(const std::string& path,
                                     const std::vector<std::string>& interfaces,
                                     Existing existing = Existing::replace);

  /// `at_ns` since the epoch; `wire_bytes` is the frame's length before any cut. False when the
  /// disk took no more; later calls do nothing.
  bool write(std::uint32_t interface, std::int64_t at_ns, std::span<const std::byte> frame,
             std::uint32_t wire_bytes, std::string_view comment) noexcept;
  bool flush() noexcept;

 private:
  explicit PcapngWriter(FileHandle file) noexcept : file_{std::move(file)} {}
  void put(const void* bytes, std::size_t size) noexcept;
  void put_block(std::uint32_t type, std::span<const std::byte> body) noexcept;

  FileHandle file_;
  std::vector<std::byte> body_;
  bool failed_{false};
};

}  // namespace gimbal::impair
