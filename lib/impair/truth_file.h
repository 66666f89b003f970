#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "impair/truth_log.h"

namespace gimbal::impair {

struct FileCloser {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using FileHandle = std::unique_ptr<std::FILE, FileCloser>;

/// Writes a truth log: a `TruthFileHead`, then `TruthRecord`s in order of arrival. Not for the
/// packet path.
class TruthWriter {
 public:
  /// Creates or empties the file; the error names the path and the system's reason.
  static Result<TruthWriter> create(const std::string& path, std::uint64_t seed);

  /// False when the disk took no more (full, gone). What was not written counts as lost, and the
  /// file stays readable up to there; later calls only count.
  bool append(std::span<const TruthRecord> records) noexcept;

  /// Writes the final counts, `ring_lost` added to our own losses. False when that failed.
  bool close(std::uint64_t ring_lost) noexcept;

  [[nodiscard]] std::uint64_t records() const noexcept { return head_.records; }
  [[nodiscard]] std::uint64_t lost() const noexcept { return head_.lost; }

 private:
  TruthWriter(FileHandle file, TruthFileHead head) noexcept : file_{std::move(file)}, head_{head} {}
  FileHandle file_;
  TruthFileHead head_;
  bool failed_{false};
};

/// Reads a truth log, that of a run that was killed included.
class TruthReader {
 public:
  /// An error when the file cannot be read or is no truth log of this version.
  static Result<TruthReader> open(const std::string& path);

  [[nodiscard]] const TruthFileHead& head() const noexcept { return head_; }
  /// Fills `out` in file order; less than asked, or nothing, at the end. A record cut in half by
  /// a killed writer is left out.
  [[nodiscard]] std::size_t read(std::span<TruthRecord> out) noexcept;

 private:
  TruthReader(FileHandle file, TruthFileHead head) noexcept : file_{std::move(file)}, head_{head} {}
  FileHandle file_;
  TruthFileHead head_;
};

}  // namespace gimbal::impair
