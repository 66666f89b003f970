#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "probe/grpc_body.h"

namespace gimbal::probe {

/// What an end of an HTTP/2 connection is told about its streams.
class Http2Listener {
 public:
  virtual ~Http2Listener() = default;
  virtual void on_header(std::int32_t stream, std::string_view name, std::string_view value) = 0;
  virtual void on_data(std::int32_t stream, std::span<const std::byte> data) = 0;
  /// The peer has sent all of its side.
  virtual void on_end(std::int32_t stream) = 0;
  virtual void on_close(std::int32_t stream) = 0;
  /// The body this end sends on the stream, and the trailer that follows it; nullptr: none.
  virtual GrpcBody* body(std::int32_t stream) = 0;
  virtual std::string_view trailer(std::int32_t stream) = 0;
};

/// libnghttp2 on a non-blocking socket: gRPC-shaped streams for either end.
class Http2Session {
 public:
  /// Both ends open flow-control windows as wide as gRPC's own probing makes them on a fast path.
  static constexpr std::int32_t kWindow = 8 * 1024 * 1024;

  Http2Session(bool server, Http2Listener& listener);

  /// The stream's number; negative when none can be opened.
  std::int32_t request(std::string_view exchange);
  void answer(std::int32_t stream);
  void cancel(std::int32_t stream);

  /// Bytes that were read before the session was there.
  bool take(std::span<const std::byte> in);
  /// Reads and writes as far as the socket goes. False: the connection has ended; errno says why.
  bool advance(int fd);
  [[nodiscard]] bool wants_write() const noexcept { return blocked_; }
  /// Streams this end, a client, has opened.
  [[nodiscard]] std::uint64_t streams_opened() const noexcept {
    // Streams of a client have the odd numbers in order (RFC 9113 5.1.1).
    return static_cast<std::uint64_t>(nghttp2_session_get_next_stream_id(session_.get())) / 2;
  }
  [[nodiscard]] std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }
  [[nodiscard]] std::uint64_t bytes_received() const noexcept { return bytes_received_; }

 private:
  struct Delete {
    void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
  };
  bool receive(int fd);
  bool flush(int fd);
  static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t,
                           std::uint32_t*, nghttp2_data_source*, void*);

  Http2Listener& listener_;
  std::unique_ptr<nghttp2_session, Delete> session_;
  std::string out_;
  std::size_t out_sent_{0};
  bool blocked_{false};
  std::uint64_t bytes_sent_{0};
  std::uint64_t bytes_received_{0};
};

}  // namespace gimbal::probe
