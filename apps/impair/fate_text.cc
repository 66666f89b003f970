#include "fate_text.h"

#include <cinttypes>
#include <cstdio>

namespace gimbal::impair {
namespace {

double ms(std::int64_t ns) { return static_cast<double>(ns) * 1e-6; }

}  // namespace

std::string fate_text(const TruthRecord& record) {
  char text[160];
  const bool known = record.cause < kDropCauseCount;
  const auto name = known ? kDropCauses[record.cause] : std::string_view{"unknown"};
  if (record.cause == 0) {
    std::snprintf(text, sizeof text,
                  "carried: %.3f ms, of it %.3f ms in the queue behind %" PRIu32 " bytes",
                  ms(record.released - record.enqueued), ms(record.dequeued - record.enqueued),
                  record.backlog_bytes);
  } else {
    std::snprintf(text, sizeof text, "lost: %.*s, queue %" PRIu32 " bytes",
                  static_cast<int>(name.size()), name.data(), record.backlog_bytes);
  }
  std::string out{text};
  if (record.lane != 0) out += ", class " + std::to_string(record.lane);
  if ((record.marks & kMarkCorrupted) != 0) out += ", corrupted";
  if ((record.marks & kMarkCongestion) != 0) out += ", marked CE";
  if ((record.marks & kMarkDuplicated) != 0) out += ", duplicated";
  if ((record.marks & kMarkCopy) != 0) out += ", a copy";
  return out;
}

}  // namespace gimbal::impair
