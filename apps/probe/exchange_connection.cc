#include "probe/exchange_connection.h"

#include <sys/epoll.h>
#include <sys/uio.h>

#include <cerrno>

namespace gimbal::probe {

ExchangeConnection::ExchangeConnection(EventLoop& loop, ExchangeListener& listener,
                                       std::uint32_t slot, std::string congestion)
    : loop_{loop}, listener_{listener}, slot_{slot}, congestion_{std::move(congestion)} {}

ExchangeConnection::~ExchangeConnection() { close(0); }

Result<bool> ExchangeConnection::open(const SocketAddress& server) {
  auto fd = begin_connect(server);
  if (!fd) return fd.error();
  fd_ = std::move(fd.value());
  if (const auto set = set_congestion(fd_.get(), congestion_); !set) return set.error();
  state_ = State::connecting;
  failure_ = 0;
  was_open_ = false;
  id_ = loop_.add(*this, fd_.get(), EPOLLOUT);
  return true;
}

void ExchangeConnection::close(int failure) noexcept {
  if (state_ == State::closed) return;
  failure_ = failure;
  state_ = State::closed;
  loop_.remove(id_);
  fd_.close();
}

void ExchangeConnection::abort() noexcept {
  if (state_ == State::closed) return;
  reset_on_close(fd_.get());
  close(ECANCELED);
}

void ExchangeConnection::begin(const Exchange& exchange, Clock::time_point now) {
  exchange_ = exchange;
  pattern_ = BlockPattern{exchange.seed};
  Request request;
  request.ask = Ask::exchange;
  request.duplex = exchange.duplex;
  request.bytes = exchange.chunk;
  request.seed = exchange.seed;
  request.upload = exchange.upload;
  request.chunks = exchange.chunks;
  request.think_us = exchange.think_us;
  request.interval_us = exchange.interval_us;
  request.congestion = congestion_;
  header_ = request.serialize();
  sent_ = received_ = chunks_told_ = 0;
  wrong_ = false;
  state_ = State::busy;
  if (!send_some()) {
    close(errno);
    listener_.on_done(slot_, Outcome::broken, now);
  }
}

bool ExchangeConnection::send_some() {
  const std::uint64_t whole = Request::kSize + exchange_.upload;
  bool blocked = false;
  while (sent_ < whole && !blocked) {
    std::array<iovec, 2> parts{};
    if (sent_ < Request::kSize) parts[0] = {&header_[sent_], Request::kSize - sent_};
    const std::uint64_t at = sent_ < Request::kSize ? 0 : sent_ - Request::kSize;
    const auto piece = pattern_.piece(at, exchange_.upload - at);
    parts[1] = {const_cast<std::byte*>(piece.data()), piece.size()};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t n = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return false;
    blocked = n < 0;
    if (!blocked)
      sent_ += static_cast<std::uint64_t>(n), bytes_sent_ += static_cast<std::uint64_t>(n);
  }
  loop_.watch(id_, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
  return true;
}

void ExchangeConnection::take_trailer(std::span<const std::byte> in) {
  const std::uint64_t at = received_ - exchange_.answer();
  if (in.size() > Trailer::kSize - at ||
      !std::equal(in.begin(), in.end(), Trailer::kRight.begin() + static_cast<std::ptrdiff_t>(at)))
    wrong_ = true;
}

bool ExchangeConnection::take(std::span<const std::byte> in) {
  const std::uint64_t answer = exchange_.answer();
  bytes_received_ += in.size();
  const std::uint64_t body = received_ < answer ? answer - received_ : 0;
  const auto content = in.first(std::min<std::uint64_t>(body, in.size()));
  if (!pattern_.matches(content, received_)) wrong_ = true;
  received_ += content.size();
  const auto rest = in.subspan(content.size());
  if (!rest.empty()) take_trailer(rest);
  received_ += rest.size();
  return received_ < answer + Trailer::kSize;
}

bool ExchangeConnection::receive_some() {
  thread_local std::array<std::byte, BlockPattern::kPiece> block;
  for (;;) {
    const ssize_t n = ::recv(fd_.get(), block.data(), block.size(), 0);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return errno = 0, false;
    const auto got = static_cast<std::size_t>(n);
    if (!take(std::span{block}.first(got)) || got < block.size()) return true;
  }
}

void ExchangeConnection::settle(Clock::time_point now) {
  const std::uint64_t answer = exchange_.answer();
  while (chunks_told_ < exchange_.chunks && exchange_.chunk > 0 &&
         received_ >= exchange_.chunk * (chunks_told_ + 1ULL))
    listener_.on_chunk(slot_, chunks_told_++, now);
  if (received_ < answer + Trailer::kSize) return;
  state_ = State::idle;
  listener_.on_done(slot_, wrong_ ? Outcome::mismatch : Outcome::right, now);
}

void ExchangeConnection::note_end() {
  std::byte unasked{};
  const ssize_t n = ::recv(fd_.get(), &unasked, 1, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  close(n < 0 ? errno : n == 0 ? 0 : EPROTO);
}

void ExchangeConnection::advance(std::uint32_t, Clock::time_point now) {
  if (state_ == State::connecting) {
    if (const int error = connect_error(fd_.get()); error != 0) return close(error);
    was_open_ = true;
    state_ = State::idle;
    return loop_.watch(id_, EPOLLIN);
  }
  if (state_ == State::idle) return note_end();
  const bool alive = receive_some() && (sent_ == Request::kSize + exchange_.upload || send_some());
  if (alive) return settle(Clock::now());
  close(errno);
  listener_.on_done(slot_, Outcome::broken, now);
}

}  // namespace gimbal::probe
