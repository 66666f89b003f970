#include "sim/recorded_case.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "impair/trace_text.h"
#include "sim/profile.h"

namespace gimbal::sim {

namespace {
constexpr std::uint32_t kQueueBytes = 500'000;
}

Result<VerdictCase> recorded_case(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in) return Error{file, "cannot be read"};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const std::filesystem::path path{file};
  auto trace =
      path.extension() == ".csv" ? impair::parse_rate_csv(text) : impair::parse_mahimahi(text);
  if (!trace) return Error{file, trace.error().message()};
  const Profile clean = *find_profile("clean");
  VerdictCase out;
  out.name = path.filename().string();
  out.says = "a recorded link, a bulk flow";
  out.data = clean.data;
  out.acks = clean.acks;
  out.trace = std::make_shared<const impair::RateTrace>(std::move(trace.value()));
  out.data.rate = BitRate{};
  out.data.trace = out.trace.get();
  out.data.queue_bytes = kQueueBytes;
  return out;
}

}  // namespace gimbal::sim
