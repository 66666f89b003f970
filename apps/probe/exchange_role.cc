#include "probe/exchange_role.h"

#include <sys/uio.h>

#include <array>
#include <cerrno>

namespace gimbal::probe {

ExchangeRole::ExchangeRole(const Request& request, Clock::time_point now)
    : pattern_{request.seed},
      upload_{request.upload},
      duplex_{request.duplex},
      chunk_{request.bytes},
      chunks_{request.chunks},
      think_{request.think_us},
      interval_{request.interval_us} {
  if (duplex_ || upload_ == 0) first_ = now + think_;
}

Progress ExchangeRole::advance(int fd, Clock::time_point now) {
  if (taken_ < upload_ && !take_upload(fd)) return Progress::failed;
  if (taken_ == upload_ && first_ == Clock::time_point::max()) first_ = now + think_;
  return first_ == Clock::time_point::max() ? Progress::waiting : answer(fd, now);
}

bool ExchangeRole::take_upload(int fd) {
  thread_local std::array<std::byte, BlockPattern::kPiece> block;
  while (taken_ < upload_) {
    const std::size_t size = std::min<std::uint64_t>(block.size(), upload_ - taken_);
    const ssize_t n = ::recv(fd, block.data(), size, 0);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return false;
    const auto got = static_cast<std::size_t>(n);
    if (!pattern_.matches(std::span{block}.first(got), taken_)) upload_wrong_ = true;
    taken_ += got;
    if (got < size) return true;
  }
  return true;
}

std::uint64_t ExchangeRole::due(Clock::time_point now) noexcept {
  next_ = Clock::time_point::max();
  if (now < first_) {
    next_ = first_;
    return 0;
  }
  if (interval_.count() == 0) return chunk_ * chunks_;
  const auto ready = static_cast<std::uint64_t>((now - first_) / interval_) + 1;
  if (ready >= chunks_) return chunk_ * chunks_;
  next_ = first_ + interval_ * static_cast<std::int64_t>(ready);
  return chunk_ * ready;
}

Progress ExchangeRole::answer(int fd, Clock::time_point now) {
  const std::uint64_t whole = chunk_ * chunks_;
  const std::uint64_t allowed = due(now);
  const auto& trailer = upload_wrong_ ? Trailer::kWrong : Trailer::kRight;
  blocked_ = false;
  while (sent_ < whole + Trailer::kSize) {
    const bool ends = next_ == Clock::time_point::max() && taken_ == upload_;
    const std::uint64_t body = sent_ < allowed ? allowed - sent_ : 0;
    const auto piece = pattern_.piece(sent_, body);
    std::array<iovec, 2> parts{};
    parts[0] = {const_cast<std::byte*>(piece.data()), piece.size()};
    const std::uint64_t told = sent_ > whole ? sent_ - whole : 0;
    if (ends && piece.size() == body)
      parts[1] = {const_cast<std::byte*>(trailer.data()) + told, Trailer::kSize - told};
    if (parts[0].iov_len + parts[1].iov_len == 0) return Progress::waiting;
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t n = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return Progress::failed;
    if (n < 0) {
      blocked_ = true;
      return Progress::waiting;
    }
    sent_ += static_cast<std::uint64_t>(n);
  }
  return Progress::done;
}

}  // namespace gimbal::probe
