#include "probe/http2_connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

#include "probe/http2_role.h"

namespace gimbal::probe {

Http2Connection::Http2Connection(EventLoop& loop, ExchangeListener& listener,
                                 std::uint32_t first_slot, unsigned streams, std::string congestion)
    : loop_{loop},
      listener_{listener},
      first_slot_{first_slot},
      congestion_{std::move(congestion)},
      carried_(streams) {}

Http2Connection::~Http2Connection() { close(0); }

Result<bool> Http2Connection::open(const SocketAddress& server) {
  auto fd = begin_connect(server);
  if (!fd) return fd.error();
  fd_ = std::move(fd.value());
  if (const auto set = set_congestion(fd_.get(), congestion_); !set) return set.error();
  session_ = std::make_unique<Http2Session>(false, static_cast<Http2Listener&>(*this));
  state_ = State::connecting;
  failure_ = 0;
  was_open_ = false;
  id_ = loop_.add(*this, fd_.get(), EPOLLOUT);
  return true;
}

void Http2Connection::close(int failure) noexcept {
  if (state_ == State::closed) return;
  failure_ = failure;
  state_ = State::closed;
  loop_.remove(id_);
  fd_.close();
  earlier_opened_ += session_->streams_opened();
  earlier_sent_ += session_->bytes_sent();
  earlier_received_ += session_->bytes_received();
  session_.reset();
  by_stream_.clear();
}

std::uint64_t Http2Connection::streams_opened() const noexcept {
  return earlier_opened_ + (session_ ? session_->streams_opened() : 0);
}

std::uint64_t Http2Connection::bytes_sent() const noexcept {
  return earlier_sent_ + (session_ ? session_->bytes_sent() : 0);
}

std::uint64_t Http2Connection::bytes_received() const noexcept {
  return earlier_received_ + (session_ ? session_->bytes_received() : 0);
}

Http2Connection::Carried* Http2Connection::find(std::int32_t stream) noexcept {
  const auto found = by_stream_.find(stream);
  return found == by_stream_.end() ? nullptr : &carried_[found->second];
}

void Http2Connection::begin(std::uint32_t slot, const Exchange& exchange, Clock::time_point) {
  Request request;
  request.seed = exchange.seed;
  request.upload = exchange.upload;
  request.bytes = exchange.chunk;
  request.chunks = exchange.chunks;
  request.think_us = exchange.think_us;
  request.congestion = congestion_;
  Carried& carried = carried_[slot - first_slot_];
  carried = {-1, GrpcBody{exchange.seed, exchange.upload},
             GrpcBody{exchange.seed, exchange.answer()}, false};
  carried.stream = session_->request(to_hex(request));
  if (carried.stream < 0) {
    // No stream numbers are left: the connection ends, and with it all it carries.
    carried.stream = INT32_MAX;
    ::shutdown(fd_.get(), SHUT_RDWR);
  }
  by_stream_[carried.stream] = slot - first_slot_;
  // Sent with whatever else begins now, in the next turn of the loop.
  loop_.watch(id_, EPOLLIN | EPOLLOUT);
}

void Http2Connection::abandon(std::uint32_t slot) {
  Carried& carried = carried_[slot - first_slot_];
  if (session_ && carried.stream >= 0) {
    session_->cancel(carried.stream);
    by_stream_.erase(carried.stream);
    loop_.watch(id_, EPOLLIN | EPOLLOUT);
  }
  carried.stream = -1;
}

void Http2Connection::on_header(std::int32_t stream, std::string_view name,
                                std::string_view value) {
  if (Carried* carried = find(stream); carried != nullptr && name == "x-probe-upload")
    carried->upload_right = value == "right";
}

void Http2Connection::on_data(std::int32_t stream, std::span<const std::byte> data) {
  if (Carried* carried = find(stream)) carried->answer.take(data);
}

void Http2Connection::on_close(std::int32_t stream) {
  Carried* carried = find(stream);
  if (carried == nullptr) return;
  const auto slot = first_slot_ + static_cast<std::uint32_t>(carried - carried_.data());
  const bool right = carried->upload_right && carried->answer.right();
  const bool whole = carried->answer.complete();
  ended_.emplace_back(slot, right ? Outcome::right : whole ? Outcome::mismatch : Outcome::broken);
  by_stream_.erase(stream);
  carried->stream = -1;
}

GrpcBody* Http2Connection::body(std::int32_t stream) {
  Carried* carried = find(stream);
  return carried == nullptr ? nullptr : &carried->upload;
}

void Http2Connection::tell_ended(Clock::time_point now) {
  for (const auto& [slot, outcome] : std::exchange(ended_, {}))
    listener_.on_done(slot, outcome, now);
}

void Http2Connection::advance(std::uint32_t, Clock::time_point) {
  if (state_ == State::connecting) {
    if (const int error = connect_error(fd_.get()); error != 0) return close(error);
    was_open_ = true;
    state_ = State::open;
  }
  const bool alive = session_->advance(fd_.get());
  const Clock::time_point now = Clock::now();
  if (!alive) {
    close(errno);
    for (std::size_t i = 0; i < carried_.size(); ++i) {
      if (std::exchange(carried_[i].stream, -1) < 0) continue;
      ended_.emplace_back(first_slot_ + static_cast<std::uint32_t>(i), Outcome::broken);
    }
    return tell_ended(now);
  }
  loop_.watch(id_, session_->wants_write() ? EPOLLIN | EPOLLOUT : EPOLLIN);
  tell_ended(now);
}

}  // namespace gimbal::probe
