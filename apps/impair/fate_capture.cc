#include "fate_capture.h"

#include <limits>
#include <utility>

#include "fate_text.h"

namespace gimbal::impair {

Result<FateCapture> FateCapture::create(const std::string& path, Sides sides, std::int64_t epoch_ns,
                                        PcapngWriter::Existing existing) {
  auto file = PcapngWriter::create(path, {"a", "b"}, existing);
  if (!file) return file.error();
  return FateCapture{std::move(file.value()), sides, epoch_ns};
}

bool FateCapture::add(const CaptureRing::Frame& frame) {
  using Shows = CaptureRing::Shows;
  const TruthRecord& record = frame.record;
  if (frame.shows != Shows::departure) {
    advance(record.enqueued);
    write(record.from, record.enqueued, record, frame.bytes, "in, ");
  }
  const bool leaves = record.cause == 0 && wants(record.from ^ 1u);
  if (!leaves || frame.shows == Shows::arrival) return !failed_;
  keep(record, frame.bytes);
  if ((record.marks & kMarkDuplicated) != 0) {
    TruthRecord copy = record;
    copy.marks = static_cast<std::uint8_t>(copy.marks ^ (kMarkDuplicated | kMarkCopy));
    keep(copy, frame.bytes);
  }
  return !failed_;
}

void FateCapture::keep(const TruthRecord& record, std::span<const std::byte> bytes) {
  leaving_.push(Departure{record.released, sequence_++, record, {bytes.begin(), bytes.end()}});
}

bool FateCapture::advance(std::int64_t at) {
  while (!leaving_.empty() && leaving_.top().at <= at) {
    const Departure& next = leaving_.top();
    write(next.record.from ^ 1u, next.at, next.record, next.bytes, "out, ");
    leaving_.pop();
  }
  return !failed_;
}

bool FateCapture::flush() {
  failed_ = failed_ || !file_.flush();
  return !failed_;
}

bool FateCapture::finish() {
  advance(std::numeric_limits<std::int64_t>::max());
  return flush();
}

bool FateCapture::write(std::uint32_t port, std::int64_t at, const TruthRecord& record,
                        std::span<const std::byte> bytes, const char* way) {
  if (failed_ || !wants(port)) return !failed_;
  failed_ = !file_.write(port, epoch_ns_ + at, bytes, record.frame_bytes, way + fate_text(record));
  if (!failed_) ++written_;
  return !failed_;
}

}  // namespace gimbal::impair
