#include "probe/progress.h"

#include <cstdio>

namespace gimbal::probe {
namespace {
constexpr std::chrono::seconds kEvery{2};
}

ProgressLog::ProgressLog(bool quiet) noexcept : quiet_{quiet}, next_{Clock::now() + kEvery} {}

void ProgressLog::show(Clock::time_point now, const char* what, double done, double total) {
  if (quiet_ || now < next_) return;
  next_ = now + kEvery;
  if (total > 0)
    std::fprintf(stderr, "gimbal-probe: %.10g of %.10g %s (%.0f %%)\n", done, total, what,
                 100 * done / total);
  else
    std::fprintf(stderr, "gimbal-probe: %.10g %s\n", done, what);
}

}  // namespace gimbal::probe
