#include "probe/session.h"

#include <sys/epoll.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "probe/http2_role.h"

namespace gimbal::probe {

Session::Session(EventLoop& loop, Fd fd, ReportStore& reports, std::function<void(int)> gone)
    : loop_{loop},
      fd_{std::move(fd)},
      reports_{reports},
      gone_{std::move(gone)},
      id_{loop.add(*this, fd_.get(), EPOLLIN)} {}

Session::~Session() { loop_.remove(id_); }

void Session::leave(Clock::time_point now) {
  if (role_) role_->finish(fd_.get(), now);
  const auto gone = std::move(gone_);
  gone(fd_.get());
}

bool Session::take_request(Clock::time_point now) {
  const ssize_t n = ::recv(fd_.get(), &header_[header_size_], header_.size() - header_size_, 0);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) return false;
  header_size_ += static_cast<std::size_t>(n);
  if (header_size_ >= Http2Role::kPreface.size() &&
      std::memcmp(header_.data(), Http2Role::kPreface.data(), Http2Role::kPreface.size()) == 0) {
    role_ = std::make_unique<Http2Role>(std::span{header_}.first(header_size_), now);
    return true;
  }
  if (header_size_ < Request::kSize) return true;
  header_size_ = 0;
  const auto request = Request::parse(header_);
  if (!request) return false;
  if (const auto set = set_congestion(fd_.get(), request->congestion); !set)
    std::fprintf(stderr, "gimbal-probe: %s\n", set.error().message().c_str());
  role_ = make_role(*request, reports_, now);
  return true;
}

void Session::advance(std::uint32_t events, Clock::time_point now) {
  if (role_ && !role_->wants_read() && (events & (EPOLLERR | EPOLLHUP)) != 0) return leave(now);
  if (!role_ && !take_request(now)) return leave(now);
  if (!role_) return;
  const Progress progress = role_->advance(fd_.get(), now);
  if (progress == Progress::failed) return leave(now);
  if (progress == Progress::done) {
    if (!role_->keeps_connection()) return leave(now);
    role_.reset();
    woken_ = Clock::time_point::max();
    return loop_.watch(id_, EPOLLIN);
  }
  loop_.watch(id_, (role_->wants_read() ? std::uint32_t{EPOLLIN} : 0U) |
                       (role_->wants_write() ? std::uint32_t{EPOLLOUT} : 0U));
  if (const Clock::time_point next = role_->next(); next != woken_) {
    woken_ = next;
    if (next != Clock::time_point::max()) loop_.wake_at(id_, next);
  }
}

}  // namespace gimbal::probe
