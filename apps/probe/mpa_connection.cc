#include "probe/mpa_connection.h"

#include <poll.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace gimbal::probe {
namespace {

constexpr std::size_t kBlock = 64 * 1024;

bool send_all(int fd, std::span<const std::byte> bytes) {
  // A fresh connection has room for so little.
  return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

}  // namespace

MpaConnection::MpaConnection(EventLoop& loop, const MpaShape& shape, std::uint64_t seed,
                             Answered answered)
    : loop_{loop},
      shape_{shape},
      seed_{seed},
      answered_{std::move(answered)},
      ulpdu_(shape.request_bytes) {}

MpaConnection::~MpaConnection() {
  if (watching_) loop_.remove(id_);
}

Result<bool> MpaConnection::open(const SocketAddress& server, std::chrono::milliseconds limit) {
  auto fd = connect_to(server, limit);
  if (!fd) return fd.error();
  fd_ = std::move(fd.value());
  if (auto set = set_congestion(fd_.get(), shape_.congestion); !set) return set.error();
  Request request;
  request.ask = Ask::mpa;
  request.bytes = shape_.answer_bytes;
  request.seed = seed_;
  request.congestion = shape_.congestion;
  MpaStartup startup;
  startup.options = shape_.options;
  // Two writes, so that the stream of MPA begins with a segment: what dissectors look for.
  if (!send_all(fd_.get(), request.serialize()) || !send_all(fd_.get(), startup.serialize()))
    return Error{"mpa", std::string{"the request could not be sent: "} + std::strerror(errno)};
  if (auto agreed = agree(limit); !agreed) return agreed;
  id_ = loop_.add(*this, fd_.get(), EPOLLIN);
  watching_ = true;
  return true;
}

/// The server says nothing but its reply before it is asked.
Result<bool> MpaConnection::agree(std::chrono::milliseconds limit) {
  const Clock::time_point deadline = Clock::now() + limit;
  std::vector<std::byte> in(MpaStartup::kHeaderSize);
  for (std::size_t have = 0; have < in.size();) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd wait{fd_.get(), POLLIN, 0};
    if (left.count() <= 0 || stop_requested())
      return Error{"mpa", "the server does not answer the start of MPA"};
    if (::poll(&wait, 1, static_cast<int>(left.count())) <= 0) continue;
    const ssize_t n = ::recv(fd_.get(), in.data() + have, in.size() - have, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (n <= 0) return Error{"mpa", "the server ended the connection at the start of MPA"};
    have += static_cast<std::size_t>(n);
  }
  const auto reply = MpaStartup::parse(in);
  if (!reply || !reply->reply || reply->rejected)
    return Error{"mpa", "the server does not speak MPA"};
  reader_.emplace(shape_.options);
  writer_.emplace(MpaOptions{reply->options.markers, shape_.options.crc || reply->options.crc});
  return true;
}

Clock::time_point MpaConnection::oldest() const noexcept {
  return pending_.empty() ? Clock::time_point::max() : pending_.front();
}

void MpaConnection::ask(Clock::time_point intended) {
  MpaMessage{next_number_++, MpaMessage::Status::right}.write(mpa_request_pattern(seed_), ulpdu_);
  writer_->append(ulpdu_, out_.bytes());
  pending_.push_back(intended);
  flush();
}

void MpaConnection::flush() {
  const Progress flushed = out_.flush(fd_.get());
  if (flushed == Progress::failed) return fail(std::strerror(errno));
  loop_.watch(id_, flushed == Progress::waiting ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void MpaConnection::advance(std::uint32_t, Clock::time_point now) {
  if (failure_.empty()) read_some(now);
  if (failure_.empty()) flush();
}

void MpaConnection::read_some(Clock::time_point now) {
  std::array<std::byte, kBlock> block;
  const ssize_t n = ::recv(fd_.get(), block.data(), block.size(), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return fail(n == 0 ? "the server closed the connection" : std::strerror(errno));
  reader_->feed(std::span{block}.first(static_cast<std::size_t>(n)));
  while (failure_.empty()) {
    const auto ulpdu = reader_->next();
    if (!ulpdu) break;
    take(*ulpdu, now);
  }
  if (reader_->fault() != MpaFault::none)
    fail("the stream is broken at FPDU offset " + std::to_string(reader_->fpdu_offset()) + ": " +
         std::string{describe(reader_->fault())});
}

void MpaConnection::take(std::span<const std::byte> ulpdu, Clock::time_point now) {
  if (ulpdu.size() != shape_.answer_bytes || pending_.empty())
    return fail("an answer that was not asked for");
  const MpaMessage message = MpaMessage::parse(ulpdu);
  if (message.status == MpaMessage::Status::broken_stream)
    return fail("the server found the stream broken at FPDU offset " +
                std::to_string(message.number));
  const bool right = message.status == MpaMessage::Status::right &&
                     message.number == next_answer_ &&
                     MpaMessage::is_right(mpa_answer_pattern(seed_), ulpdu);
  ++next_answer_;
  const Clock::time_point intended = pending_.front();
  pending_.pop_front();
  answered_(intended, now, right);
}

void MpaConnection::fail(std::string why) {
  failure_ = std::move(why);
  if (watching_) loop_.remove(id_);
  watching_ = false;
  fd_.close();
}

}  // namespace gimbal::probe
