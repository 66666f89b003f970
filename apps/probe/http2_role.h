#pragma once

#include <map>
#include <unordered_map>

#include "probe/http2_session.h"
#include "probe/role.h"

namespace gimbal::probe {

/// The server's end of an HTTP/2 connection: each stream is an exchange, whose `Request` stands in
/// the header `x-probe-exchange` in hexadecimal.
class Http2Role final : public Role, private Http2Listener {
 public:
  /// How a connection begins that speaks HTTP/2.
  static constexpr std::string_view kPreface = "PRI ";

  /// `first`: what was read to recognise it.
  Http2Role(std::span<const std::byte> first, Clock::time_point now);
  Progress advance(int fd, Clock::time_point now) override;
  [[nodiscard]] bool wants_read() const noexcept override { return true; }
  [[nodiscard]] bool wants_write() const noexcept override { return session_.wants_write(); }
  [[nodiscard]] Clock::time_point next() const noexcept override;

 private:
  struct Stream {
    Request request;
    GrpcBody upload;
    GrpcBody answer;
    bool due{false};  ///< Whole, not yet answered.
  };

  void on_header(std::int32_t stream, std::string_view name, std::string_view value) override;
  void on_data(std::int32_t stream, std::span<const std::byte> data) override;
  void on_end(std::int32_t stream) override;
  void on_close(std::int32_t stream) override;
  GrpcBody* body(std::int32_t stream) override;
  std::string_view trailer(std::int32_t stream) override;

  void set_asked_congestion(int fd);

  std::unordered_map<std::int32_t, Stream> streams_;
  std::multimap<Clock::time_point, std::int32_t> due_;  ///< Answers by their time.
  Clock::time_point now_;
  std::string congestion_;  ///< Asked for and not yet set on the socket.
  bool congestion_set_{false};
  Http2Session session_;  ///< After what its callbacks touch.
  bool healthy_;
};

/// The header's value for a request, and back.
std::string to_hex(const Request& request);
std::optional<Request> from_hex(std::string_view text);

}  // namespace gimbal::probe
