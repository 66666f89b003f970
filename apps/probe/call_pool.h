#pragma once

#include <cstdint>

#include "base/result.h"
#include "probe/exchange.h"
#include "probe/progress.h"
#include "probe/result.h"

namespace gimbal::probe {

/// Slots that carry one exchange each at a time, over some kind of connection. Tells the listener
/// it was made with. All in the thread of its event loop.
class CallPool {
 public:
  enum class SlotState : std::uint8_t {
    idle,     ///< May begin an exchange.
    busy,     ///< Carries one.
    opening,  ///< Its connection is on its way.
    closed,   ///< Its connection has ended; `reopen` it.
  };

  virtual ~CallPool() = default;
  /// Opens every connection, many at a time. Fails with the first that could not be opened.
  virtual Result<bool> open_all(ProgressLog& progress) = 0;
  [[nodiscard]] virtual std::uint32_t slots() const noexcept = 0;
  [[nodiscard]] virtual SlotState state(std::uint32_t slot) const noexcept = 0;
  /// Only when idle.
  virtual void begin(std::uint32_t slot, const Exchange& exchange, Clock::time_point now) = 0;
  /// Gives up the exchange; the listener is not told of it.
  virtual void abandon(std::uint32_t slot) = 0;
  /// Only when closed. Fails when the server cannot be reached at all.
  virtual Result<bool> reopen(std::uint32_t slot) = 0;
  /// Whether a closed slot's last attempt to open it came to nothing.
  [[nodiscard]] virtual bool refused(std::uint32_t slot) const noexcept = 0;
  /// Why a closed slot's connection ended.
  [[nodiscard]] virtual Error failure(std::uint32_t slot) const = 0;
  [[nodiscard]] virtual std::uint64_t bytes_sent() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t bytes_received() const noexcept = 0;
  /// Adds the parameter `transport` and what else is this kind's own. Said by the pool that carried
  /// the requests, so that a result cannot name another one.
  virtual void describe(RunResult& result) const = 0;
};

}  // namespace gimbal::probe
