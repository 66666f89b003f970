#include "page_json.h"

#include <sstream>

namespace gimbal::impair {
namespace {

using nlohmann::json;

json describe(const EmulatorCounters& way) {
  json dropped = json::object();
  for (std::size_t cause = 1; cause < kDropCauseCount; ++cause) {
    dropped[std::string{kDropCauses[cause]}] = way.dropped[cause];
  }
  return {{"received", way.received},
          {"received_bytes", way.received_bytes},
          {"transmitted", way.transmitted},
          {"transmitted_bytes", way.transmitted_bytes},
          {"held", way.held},
          {"backlog_bytes", way.backlog_bytes},
          {"transmit_retries", way.transmit_retries},
          {"duplicated", way.duplicated},
          {"corrupted", way.corrupted},
          {"marked", way.marked},
          {"by_class", way.by_lane},
          {"dropped", dropped}};
}

json describe_histogram(const SpanHistogram& histogram) {
  json buckets = json::array();
  histogram.for_each([&](Nanos upper, std::uint64_t count) {
    buckets.push_back({{"up_to", upper.to_us()}, {"count", count}});
  });
  return {{"count", histogram.total()},
          {"p50", histogram.percentile(0.5).to_us()},
          {"p90", histogram.percentile(0.9).to_us()},
          {"p99", histogram.percentile(0.99).to_us()},
          {"p99_9", histogram.percentile(0.999).to_us()},
          {"max", histogram.largest().to_us()},
          {"buckets", std::move(buckets)}};
}

void print(std::ostream& out, const char* name, const EmulatorCounters& way) {
  out << name << ": " << way.received << " in, " << way.transmitted << " out";
  for (std::size_t cause = 1; cause < kDropCauseCount; ++cause) {
    if (way.dropped[cause] > 0) out << ", " << way.dropped[cause] << ' ' << kDropCauses[cause];
  }
  if (way.duplicated > 0) out << ", " << way.duplicated << " duplicated";
  if (way.corrupted > 0) out << ", " << way.corrupted << " corrupted";
  if (way.marked > 0) out << ", " << way.marked << " marked CE";
}

}  // namespace

json describe(const EmulatorPage& page) {
  const SpanHistogram& late = page.lateness;
  return {{"uptime_s", static_cast<double>(page.uptime_ns) * 1e-9},
          {"a_to_b", describe(page.ways[0])},
          {"b_to_a", describe(page.ways[1])},
          {"release_precision_us",
           {{"packets", late.total()},
            {"p50", late.percentile(0.5).to_us()},
            {"p90", late.percentile(0.9).to_us()},
            {"p99", late.percentile(0.99).to_us()},
            {"p99_9", late.percentile(0.999).to_us()},
            {"max", late.largest().to_us()}}}};
}

json describe_histograms(const EmulatorPage& page) {
  return {{"delay_us",
           {{"a_to_b", describe_histogram(page.transit[0])},
            {"b_to_a", describe_histogram(page.transit[1])}}},
          {"lateness_us", describe_histogram(page.lateness)}};
}

std::string summarise(const std::array<EmulatorCounters, kPortCount>& ways) {
  std::ostringstream out;
  print(out, "a_to_b", ways[0]);
  out << '\n';
  print(out, "b_to_a", ways[1]);
  return out.str();
}

std::string summarise(const EmulatorPage& page) {
  std::ostringstream out;
  out << summarise(page.ways) << '\n';
  const SpanHistogram& late = page.lateness;
  out << "release, later than planned, us: p50 " << late.percentile(0.5).to_us() << "  p99 "
      << late.percentile(0.99).to_us() << "  p99.9 " << late.percentile(0.999).to_us() << "  max "
      << late.largest().to_us() << " (" << late.total() << " packets)";
  return out.str();
}

}  // namespace gimbal::impair
