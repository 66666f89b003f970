#pragma once

#include <cstdio>
#include <cstdlib>

/// Aborts with the broken invariant named. For programming errors only: input that is merely
/// strange is never a reason to stop forwarding. Active in every build (see docs/adr/0003).
#define GIMBAL_CHECK(condition)                               \
  do {                                                        \
    if (!(condition)) [[unlikely]]                            \
      ::gimbal::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)

namespace gimbal {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "gimbal: invariant broken: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace gimbal
