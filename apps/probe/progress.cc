#include "probe/progress.h"

#include <algorithm>
#include <cstdio>

namespace gimbal::probe {
namespace {
constexpr std::chrono::seconds kFirst{2};
/// The next line comes when the run has grown by a tenth: a long one does not fill a log.
constexpr int kGrowth = 10;
}  // namespace

ProgressLog::ProgressLog(bool quiet) noexcept
    : quiet_{quiet}, begun_{Clock::now()}, next_{begun_ + kFirst} {}

void ProgressLog::show(Clock::time_point now, const char* what, double done, double total) {
  if (quiet_ || now < next_) return;
  next_ = now + std::max<Clock::duration>(kFirst, (now - begun_) / kGrowth);
  if (total > 0)
    std::fprintf(stderr, "gimbal-probe: %.10g of %.10g %s (%.0f %%)\n", done, total, what,
                 100 * done / total);
  else
    std::fprintf(stderr, "gimbal-probe: %.10g %s\n", done, what);
}

}  // namespace gimbal::probe
