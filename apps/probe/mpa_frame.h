#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace gimbal::probe {

/// Marker PDU Aligned framing, RFC 5044: how iWARP puts RDMA messages into a TCP stream. An FPDU is
/// ULPDU length (2 bytes), ULPDU, padding to four bytes, CRC32c. With markers, every 512 bytes of
/// the stream begin with four that say how far back the FPDU began they interrupt (4.3).
struct MpaOptions {
  bool markers{false};
  bool crc{true};  ///< Off: the field is there and zero, and the receiver does not look (4.4).
};

inline constexpr std::size_t kMpaMarkerInterval = 512;
inline constexpr std::size_t kMpaMarkerSize = 4;
/// What leaves FPDUPTR's 16 bits enough with every marker counted (4.5).
inline constexpr std::size_t kMpaMaxUlpdu = 64'768;

/// What a sender and a receiver exchange before the first FPDU (7.1.1): who asks, who answers, the
/// options each wants, up to 512 bytes of private data.
struct MpaStartup {
  static constexpr std::size_t kHeaderSize = 20;
  static constexpr std::size_t kMaxPrivate = 512;

  bool reply{false};
  bool rejected{false};  ///< In a reply: the connection is refused.
  MpaOptions options;
  std::vector<std::byte> private_data;

  [[nodiscard]] std::vector<std::byte> serialize() const;
  /// How many bytes the frame has whose first `kHeaderSize` bytes are given; nothing when they are
  /// not an MPA request or reply of revision 1.
  static std::optional<std::size_t> size_of(std::span<const std::byte> in) noexcept;
  /// `in` holds `size_of` bytes.
  static std::optional<MpaStartup> parse(std::span<const std::byte> in);
};

/// The sending side: ULPDUs in, stream out. Counts the stream to know where markers fall.
class MpaWriter {
 public:
  explicit MpaWriter(MpaOptions options) noexcept : options_{options} {}

  /// Appends one FPDU to `out`. `ulpdu` has at most `kMpaMaxUlpdu` bytes.
  void append(std::span<const std::byte> ulpdu, std::vector<std::byte>& out);

 private:
  void put_marker(std::uint64_t fpdu, std::vector<std::byte>& out);
  void put(std::span<const std::byte> bytes, std::uint64_t fpdu, std::vector<std::byte>& out);

  MpaOptions options_;
  std::uint64_t position_{0};  ///< In the stream of full operation, markers counted.
};

/// What was wrong with a stream.
enum class MpaFault : std::uint8_t {
  none,
  crc,     ///< The CRC is not that of the bytes before it.
  marker,  ///< A marker does not point at the beginning of its FPDU.
  length,  ///< Longer than a sender may make it.
};

/// The receiving side: bytes of the stream in whatever pieces they come, ULPDUs out.
class MpaReader {
 public:
  explicit MpaReader(MpaOptions options) noexcept : options_{options} {}

  void feed(std::span<const std::byte> bytes);
  /// The next whole ULPDU, valid until the next call of `feed` or `next`. Nothing: more bytes are
  /// needed, or the stream is at fault and stays so.
  [[nodiscard]] std::optional<std::span<const std::byte>> next();

  [[nodiscard]] MpaFault fault() const noexcept { return fault_; }
  /// Where in the stream the FPDU at work began: for the message about a fault.
  [[nodiscard]] std::uint64_t fpdu_offset() const noexcept { return began_; }
  [[nodiscard]] std::uint64_t markers() const noexcept { return markers_; }

 private:
  [[nodiscard]] bool take_marker();
  [[nodiscard]] bool fill_to(std::size_t size, bool covered);
  [[nodiscard]] std::span<const std::byte> unread() const noexcept;

  MpaOptions options_;
  std::vector<std::byte> input_;
  std::size_t read_{0};           ///< Of `input_`.
  std::vector<std::byte> frame_;  ///< The FPDU at work, without its markers.
  std::uint32_t crc_{0};          ///< Of what came of it, markers counted, its own CRC not.
  std::uint64_t position_{0};     ///< In the stream, of the next unread byte.
  std::uint64_t began_{0};
  std::uint64_t markers_{0};
  bool complete_{false};  ///< `frame_` was returned.
  MpaFault fault_{MpaFault::none};
};

/// A word for messages and JSON.
std::string_view describe(MpaFault fault);

}  // namespace gimbal::probe
