#include "probe/http2_session.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace gimbal::probe {
namespace {

using Headers = std::array<nghttp2_nv, 6>;

std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

nghttp2_nv header(std::string_view name, std::string_view value, bool indexed = true) {
  return {bytes_of(name), bytes_of(value), name.size(), value.size(),
          static_cast<std::uint8_t>(indexed ? NGHTTP2_NV_FLAG_NONE : NGHTTP2_NV_FLAG_NO_INDEX)};
}

Http2Listener& listener_of(void* user) { return *static_cast<Http2Listener*>(user); }

int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
              std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
              std::uint8_t, void* user) {
  listener_of(user).on_header(frame->hd.stream_id, {reinterpret_cast<const char*>(name), name_size},
                              {reinterpret_cast<const char*>(value), value_size});
  return 0;
}

int on_data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data,
            std::size_t size, void* user) {
  listener_of(user).on_data(stream, std::as_bytes(std::span{data, size}));
  return 0;
}

int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  const bool carries = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
  if (carries && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
    listener_of(user).on_end(frame->hd.stream_id);
  return 0;
}

int on_close(nghttp2_session*, std::int32_t stream, std::uint32_t, void* user) {
  listener_of(user).on_close(stream);
  return 0;
}

}  // namespace

ssize_t Http2Session::read_body(nghttp2_session* session, std::int32_t stream, std::uint8_t* out,
                                std::size_t size, std::uint32_t* flags, nghttp2_data_source*,
                                void* user) {
  Http2Listener& listener = listener_of(user);
  GrpcBody* body = listener.body(stream);
  if (body == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const std::size_t n = body->fill(std::as_writable_bytes(std::span{out, size}));
  if (!body->complete()) return static_cast<ssize_t>(n);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  const std::string_view trailer = listener.trailer(stream);
  if (trailer.empty()) return static_cast<ssize_t>(n);
  *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  const std::array fields{header("grpc-status", "0"), header("x-probe-upload", trailer)};
  nghttp2_submit_trailer(session, stream, fields.data(), fields.size());
  return static_cast<ssize_t>(n);
}

Http2Session::Http2Session(bool server, Http2Listener& listener) : listener_{listener} {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
  nghttp2_session* session = nullptr;
  if (server)
    nghttp2_session_server_new(&session, callbacks, &listener_);
  else
    nghttp2_session_client_new(&session, callbacks, &listener_);
  nghttp2_session_callbacks_del(callbacks);
  session_.reset(session);
  const std::array settings{nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 65536},
                            nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kWindow);
}

std::int32_t Http2Session::request(std::string_view exchange) {
  const Headers headers{header(":method", "POST"),
                        header(":scheme", "http"),
                        header(":path", "/gimbal.Probe/Exchange"),
                        header(":authority", "gimbal-probe"),
                        header("content-type", "application/grpc"),
                        header("x-probe-exchange", exchange, false)};
  nghttp2_data_provider provider{{}, read_body};
  return nghttp2_submit_request(session_.get(), nullptr, headers.data(), headers.size(), &provider,
                                nullptr);
}

void Http2Session::answer(std::int32_t stream) {
  const std::array headers{header(":status", "200"), header("content-type", "application/grpc")};
  nghttp2_data_provider provider{{}, read_body};
  nghttp2_submit_response(session_.get(), stream, headers.data(), headers.size(), &provider);
}

void Http2Session::cancel(std::int32_t stream) {
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
}

bool Http2Session::take(std::span<const std::byte> in) {
  bytes_received_ += in.size();
  const auto* data = reinterpret_cast<const std::uint8_t*>(in.data());
  if (nghttp2_session_mem_recv(session_.get(), data, in.size()) >= 0) return true;
  errno = EPROTO;
  return false;
}

bool Http2Session::receive(int fd) {
  thread_local std::array<std::byte, 65536> block;
  for (;;) {
    const ssize_t n = ::recv(fd, block.data(), block.size(), 0);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return errno = 0, false;
    const auto got = static_cast<std::size_t>(n);
    if (!take(std::span{block}.first(got))) return false;
    if (got < block.size()) return true;
  }
}

bool Http2Session::flush(int fd) {
  blocked_ = false;
  for (;;) {
    if (out_sent_ == out_.size()) {
      out_.clear();
      out_sent_ = 0;
      const std::uint8_t* data = nullptr;
      // Frames are gathered, so that a small answer and its trailers leave in one segment.
      while (out_.size() < 65536) {
        const ssize_t n = nghttp2_session_mem_send(session_.get(), &data);
        if (n < 0) return errno = EPROTO, false;
        if (n == 0) break;
        out_.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(n));
      }
      if (out_.empty()) return true;
    }
    const ssize_t n = ::send(fd, out_.data() + out_sent_, out_.size() - out_sent_, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (n < 0) return blocked_ = true;
    out_sent_ += static_cast<std::size_t>(n);
    bytes_sent_ += static_cast<std::uint64_t>(n);
  }
}

bool Http2Session::advance(int fd) { return receive(fd) && flush(fd); }

}  // namespace gimbal::probe
