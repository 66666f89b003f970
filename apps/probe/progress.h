#pragma once

#include <cstdint>
#include <string>

#include "probe/socket.h"

namespace gimbal::probe {

/// Tells on standard error how a long run stands: a line every two seconds, rarer when it is
/// long; nothing for a run shorter than that, nothing at all when quiet.
class ProgressLog {
 public:
  explicit ProgressLog(bool quiet = false) noexcept;

  /// Cheap when it is not time for a line. `done` of `total` in `what`; `total` 0: unknown.
  void show(Clock::time_point now, const char* what, double done, double total);

 private:
  bool quiet_;
  Clock::time_point begun_;
  Clock::time_point next_;
};

}  // namespace gimbal::probe
