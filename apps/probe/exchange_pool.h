#pragma once

#include <memory>
#include <string>
#include <vector>

#include "probe/call_pool.h"
#include "probe/exchange_connection.h"

namespace gimbal::probe {

/// A connection for every slot, speaking the probe's own protocol.
class ExchangePool final : public CallPool {
 public:
  ExchangePool(EventLoop& loop, ExchangeListener& listener, const SocketAddress& server,
               unsigned connections, const std::string& congestion);

  Result<bool> open_all(ProgressLog& progress) override;
  [[nodiscard]] std::uint32_t slots() const noexcept override;
  [[nodiscard]] SlotState state(std::uint32_t slot) const noexcept override;
  void begin(std::uint32_t slot, const Exchange& exchange, Clock::time_point now) override;
  void abandon(std::uint32_t slot) override;
  Result<bool> reopen(std::uint32_t slot) override;
  [[nodiscard]] bool refused(std::uint32_t slot) const noexcept override;
  [[nodiscard]] Error failure(std::uint32_t slot) const override;
  [[nodiscard]] std::uint64_t bytes_sent() const noexcept override;
  [[nodiscard]] std::uint64_t bytes_received() const noexcept override;
  void describe(RunResult& result) const override;

 private:
  EventLoop& loop_;
  SocketAddress server_;
  std::vector<std::unique_ptr<ExchangeConnection>> connections_;
};

}  // namespace gimbal::probe
