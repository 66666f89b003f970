#include "truth_command.h"

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <vector>

#include "impair/truth_file.h"
#include "impair/truth_summary.h"

namespace gimbal::impair {
namespace {

constexpr const char* kCsvHead =
    "enqueued_ns,direction,frame_bytes,flow_hash,backlog_bytes,cause,dequeued_ns,released_ns\n";

bool write_csv(std::FILE* out, const TruthRecord& record) {
  const auto cause = static_cast<DropCause>(record.cause);
  const auto name = record.cause < kDropCauseCount ? to_string(cause) : std::string_view{"?"};
  std::fprintf(out, "%" PRId64 ",%s,%" PRIu32 ",%08" PRIx32 ",%" PRIu32 ",%.*s,", record.enqueued,
               record.from == 0 ? "a_to_b" : "b_to_a", record.frame_bytes, record.flow_hash,
               record.backlog_bytes, static_cast<int>(name.size()), name.data());
  const int written = cause == DropCause::none ? std::fprintf(out, "%" PRId64 ",%" PRId64 "\n",
                                                              record.dequeued, record.released)
                                               : std::fprintf(out, ",\n");
  return written > 0;
}

void print_direction(const char* name, const DirectionSummary& way) {
  std::printf("%s: %" PRIu64 " packets, %" PRIu64 " bytes, backlog up to %" PRIu32 " bytes\n", name,
              way.packets, way.bytes, way.backlog_max);
  for (std::size_t cause = 0; cause < kDropCauseCount; ++cause) {
    if (way.by_cause[cause] == 0) continue;
    const auto label = cause == 0 ? std::string_view{"carried"} : kDropCauses[cause];
    std::printf(
        "  %-12.*s %12" PRIu64 "  %8.4f %%\n", static_cast<int>(label.size()), label.data(),
        way.by_cause[cause],
        100.0 * static_cast<double>(way.by_cause[cause]) / static_cast<double>(way.packets));
  }
  if (way.by_cause[0] == 0) return;
  std::printf(
      "  delay ms      min %.3f  mean %.3f  p50 %.3f  p90 %.3f  p99 %.3f  p99.9 %.3f  max %.3f\n",
      way.delay_min.to_ms(), way.delay_mean.to_ms(), way.delay_p50.to_ms(), way.delay_p90.to_ms(),
      way.delay_p99.to_ms(), way.delay_p999.to_ms(), way.delay_max.to_ms());
  std::printf("  reordered    %12" PRIu64 "  %8.4f %%, by up to %" PRIu64 " places\n",
              way.reordered,
              100.0 * static_cast<double>(way.reordered) / static_cast<double>(way.by_cause[0]),
              way.extent_max);
}

void print_summary(const TruthReader& reader, const TruthSummary& summary) {
  const TruthFileHead& head = reader.head();
  std::printf("seed %" PRIu64 "%s\n", head.seed,
              head.closed == 0 ? ", not closed: the run was killed or goes on" : "");
  if (head.lost > 0) {
    std::printf("%" PRIu64 " records lost: the disk did not keep up\n", head.lost);
  }
  if (summary.damaged() > 0) {
    std::printf("%" PRIu64 " records unreadable: the file is damaged\n", summary.damaged());
  }
  print_direction("a_to_b", summary.summarise(PortId::lan));
  print_direction("b_to_a", summary.summarise(PortId::wan));
}

}  // namespace

std::optional<Error> run_truth_command(const std::string& file,
                                       const std::optional<std::string>& csv) {
  auto reader = TruthReader::open(file);
  if (!reader) return reader.error();
  const bool to_stdout = csv == "-";
  FileHandle opened{csv && !to_stdout ? std::fopen(csv->c_str(), "w") : nullptr};
  if (csv && !to_stdout && !opened) {
    return Error{*csv, std::string{"cannot create: "} + std::strerror(errno)};
  }
  std::FILE* const out = to_stdout ? stdout : opened.get();
  bool written = out == nullptr || std::fputs(kCsvHead, out) >= 0;

  TruthSummary summary;
  std::vector<TruthRecord> records(4096);
  while (const std::size_t count = reader.value().read(records)) {
    for (const TruthRecord& record : std::span{records}.first(count)) {
      summary.add(record);
      written = written && (out == nullptr || write_csv(out, record));
    }
  }
  if (out != nullptr && (!written || std::fflush(out) != 0)) {
    return Error{*csv, std::string{"cannot write: "} + std::strerror(errno)};
  }
  if (!to_stdout) print_summary(reader.value(), summary);
  return std::nullopt;
}

}  // namespace gimbal::impair
