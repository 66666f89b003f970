#pragma once

#include <memory>
#include <string>
#include <vector>

#include "probe/call_pool.h"
#include "probe/http2_connection.h"

namespace gimbal::probe {

/// Connections that carry several exchanges each as gRPC-shaped HTTP/2 streams: a slot is a
/// stream's place. Answers come as one message, whatever their number of chunks.
class Http2Pool final : public CallPool {
 public:
  Http2Pool(EventLoop& loop, ExchangeListener& listener, const SocketAddress& server,
            unsigned connections, unsigned streams, const std::string& congestion);

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
  [[nodiscard]] Http2Connection& of(std::uint32_t slot) const {
    return *connections_[slot / streams_];
  }

  EventLoop& loop_;
  SocketAddress server_;
  unsigned streams_;
  std::vector<std::unique_ptr<Http2Connection>> connections_;
};

}  // namespace gimbal::probe
