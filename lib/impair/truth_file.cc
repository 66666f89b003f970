#include "impair/truth_file.h"

#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

namespace gimbal::impair {

static_assert(std::endian::native == std::endian::little, "the file is written as it lies");

Result<TruthWriter> TruthWriter::create(const std::string& path, std::uint64_t seed) {
  FileHandle file{std::fopen(path.c_str(), "wb")};
  if (!file) return Error{path, std::string{"cannot create: "} + std::strerror(errno)};
  TruthFileHead head;
  head.seed = seed;
  if (std::fwrite(&head, sizeof head, 1, file.get()) != 1 || std::fflush(file.get()) != 0) {
    return Error{path, std::string{"cannot write: "} + std::strerror(errno)};
  }
  return TruthWriter{std::move(file), head};
}

bool TruthWriter::append(std::span<const TruthRecord> records) noexcept {
  if (records.empty()) return !failed_;
  std::size_t written = 0;
  if (!failed_) {
    written = std::fwrite(records.data(), sizeof(TruthRecord), records.size(), file_.get());
    // Flushed now, so that a full disk shows here and not when it is too late to count.
    failed_ = written != records.size() || std::fflush(file_.get()) != 0;
  }
  head_.records += written;
  head_.lost += records.size() - written;
  return !failed_;
}

bool TruthWriter::close(std::uint64_t ring_lost) noexcept {
  if (!file_) return !failed_;
  head_.lost += ring_lost;
  head_.closed = 1;
  std::FILE* const file = file_.release();
  const bool headed =
      std::fseek(file, 0, SEEK_SET) == 0 && std::fwrite(&head_, sizeof head_, 1, file) == 1;
  return std::fclose(file) == 0 && headed && !failed_;
}

Result<TruthReader> TruthReader::open(const std::string& path) {
  FileHandle file{std::fopen(path.c_str(), "rb")};
  if (!file) return Error{path, std::string{"cannot open: "} + std::strerror(errno)};
  TruthFileHead head;
  head.magic = 0;
  if (std::fread(&head, sizeof head, 1, file.get()) != 1 || head.magic != TruthFileHead::kMagic) {
    return Error{path, "not a truth log of gimbal-impair"};
  }
  if (head.version != TruthFileHead{}.version || head.record_bytes != sizeof(TruthRecord)) {
    return Error{path, "truth log of version " + std::to_string(head.version) +
                           "; this program reads version " +
                           std::to_string(TruthFileHead{}.version)};
  }
  return TruthReader{std::move(file), head};
}

std::size_t TruthReader::read(std::span<TruthRecord> out) noexcept {
  return std::fread(out.data(), sizeof(TruthRecord), out.size(), file_.get());
}

}  // namespace gimbal::impair
