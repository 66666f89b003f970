#include "impair/pcapng_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace gimbal::impair {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d'0d0a;
constexpr std::uint32_t kInterface = 1;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint16_t kEthernet = 1;
constexpr std::uint16_t kComment = 1;
constexpr std::uint16_t kInterfaceName = 2;
constexpr std::uint16_t kTimeResolution = 9;
constexpr std::size_t kLongestComment = 1000;

/// The fields of a block, in the byte order of this machine, as the format has it.
class Body {
 public:
  explicit Body(std::vector<std::byte>& out) : out_{out} { out_.clear(); }

  template <class T>
  Body& field(T value) {
    raw(&value, sizeof value);
    return *this;
  }
  Body& padded(const void* bytes, std::size_t size) {
    raw(bytes, size);
    out_.resize((out_.size() + 3) / 4 * 4);
    return *this;
  }
  Body& option(std::uint16_t code, const void* bytes, std::size_t size) {
    return field(code).field(static_cast<std::uint16_t>(size)).padded(bytes, size);
  }
  void end_options() { field(std::uint32_t{0}); }

 private:
  void raw(const void* bytes, std::size_t size) {
    const auto* const first = static_cast<const std::byte*>(bytes);
    out_.insert(out_.end(), first, first + size);
  }
  std::vector<std::byte>& out_;
};

}  // namespace

Result<PcapngWriter> PcapngWriter::create(const std::string& path,
                                          const std::vector<std::string>& interfaces,
                                          Existing existing) {
  FileHandle file{std::fopen(path.c_str(), existing == Existing::refuse ? "wbx" : "wb")};
  if (!file) return Error{path, std::string{"cannot create: "} + std::strerror(errno)};
  PcapngWriter writer{std::move(file)};
  Body{writer.body_}
      .field(std::uint32_t{0x1a2b'3c4d})
      .field(std::uint16_t{1})
      .field(std::uint16_t{0})
      .field(std::int64_t{-1});
  writer.put_block(kSectionHeader, writer.body_);
  for (const std::string& name : interfaces) {
    const std::uint8_t nanoseconds = 9;
    Body body{writer.body_};
    body.field(kEthernet).field(std::uint16_t{0}).field(std::uint32_t{0});
    body.option(kInterfaceName, name.data(), name.size()).option(kTimeResolution, &nanoseconds, 1);
    body.end_options();
    writer.put_block(kInterface, writer.body_);
  }
  if (!writer.flush()) return Error{path, std::string{"cannot write: "} + std::strerror(errno)};
  return writer;
}

bool PcapngWriter::write(std::uint32_t interface, std::int64_t at_ns,
                         std::span<const std::byte> frame, std::uint32_t wire_bytes,
                         std::string_view comment) noexcept {
  if (failed_) return false;
  const auto at = static_cast<std::uint64_t>(at_ns);
  comment = comment.substr(0, kLongestComment);
  Body body{body_};
  body.field(interface)
      .field(static_cast<std::uint32_t>(at >> 32))
      .field(static_cast<std::uint32_t>(at))
      .field(static_cast<std::uint32_t>(frame.size()))
      .field(wire_bytes)
      .padded(frame.data(), frame.size())
      .option(kComment, comment.data(), comment.size())
      .end_options();
  put_block(kEnhancedPacket, body_);
  return !failed_;
}

bool PcapngWriter::flush() noexcept {
  failed_ = failed_ || std::fflush(file_.get()) != 0;
  return !failed_;
}

void PcapngWriter::put(const void* bytes, std::size_t size) noexcept {
  failed_ = failed_ || std::fwrite(bytes, 1, size, file_.get()) != size;
}

void PcapngWriter::put_block(std::uint32_t type, std::span<const std::byte> body) noexcept {
  const auto length = static_cast<std::uint32_t>(body.size() + 12);
  put(&type, sizeof type);
  put(&length, sizeof length);
  put(body.data(), body.size());
  put(&length, sizeof length);
}

}  // namespace gimbal::impair
