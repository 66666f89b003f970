#include "probe/bulk_role.h"

#include <cerrno>

#include "probe/report.h"

namespace gimbal::probe {

SourceRole::SourceRole(const Request& request, ReportStore& reports, Clock::time_point now)
    : source_{request.seed, request.bytes, now},
      reports_{reports},
      id_{request.id},
      next_sample_{now + kTraceInterval} {
  if (request.millis != 0) deadline_ = now + std::chrono::milliseconds{request.millis};
}

Progress SourceRole::advance(int fd, Clock::time_point now) {
  std::byte nothing{};
  const ssize_t n = ::recv(fd, &nothing, 1, MSG_DONTWAIT);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return Progress::failed;
  source_.sample(fd, now);
  if (now >= next_sample_) next_sample_ = now + kTraceInterval;
  if (now >= deadline_) {
    reset_on_close(fd);
    return Progress::failed;
  }
  if (all_sent_ || source_.pump(fd) != Progress::done) return Progress::waiting;
  ::shutdown(fd, SHUT_WR);
  all_sent_ = true;
  return Progress::waiting;
}

void SourceRole::finish(int fd, Clock::time_point now) {
  source_.finish(fd, now);
  reports_.keep(id_, describe(source_).dump());
}

SinkRole::SinkRole(const Request& request, ReportStore& reports, Clock::time_point now)
    : sink_{request.seed, true, now}, reports_{reports}, id_{request.id} {}

Progress SinkRole::advance(int fd, Clock::time_point now) {
  sink_.sample(now);
  return sink_.drain(fd);
}

void SinkRole::finish(int, Clock::time_point now) {
  sink_.finish(now);
  reports_.keep(id_, describe(sink_).dump());
}

Progress ReportRole::advance(int fd, Clock::time_point) {
  while (told_ < text_.size()) {
    const ssize_t n = ::send(fd, text_.data() + told_, text_.size() - told_, MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == EINTR ? Progress::waiting : Progress::failed;
    told_ += static_cast<std::size_t>(n);
  }
  return Progress::done;
}

}  // namespace gimbal::probe
