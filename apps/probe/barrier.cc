#include "probe/barrier.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "probe/histogram.h"
#include "probe/protocol.h"
#include "probe/report.h"

namespace gimbal::probe {
namespace {

constexpr std::chrono::seconds kRoundLimit{30};

struct Read {
  Fd fd;
  std::uint64_t missing{0};
};

Error broken(const char* what) {
  return Error{"barrier", std::string{what} + ": " + std::strerror(errno)};
}

/// Takes what has arrived. False: the connection ended.
bool take(Read& read) {
  static std::array<std::byte, 65536> block;
  while (read.missing > 0) {
    const ssize_t n = ::recv(read.fd.get(), block.data(), block.size(), 0);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return errno = ECONNRESET, false;
    read.missing -= std::min(read.missing, static_cast<std::uint64_t>(n));
  }
  return true;
}

Result<Clock::duration> run_round(const BarrierPlan& plan, std::vector<Read>& reads, int poll) {
  Request request;
  request.bytes = plan.bytes;
  request.congestion = plan.congestion;
  const auto header = request.serialize();
  const Clock::time_point start = Clock::now();
  for (Read& read : reads) {
    read.missing = plan.bytes;
    if (::send(read.fd.get(), header.data(), header.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(header.size()))
      return broken("a request could not be sent");
  }
  std::size_t open = reads.size();
  std::array<epoll_event, 128> events{};
  while (open > 0) {
    const int n = ::epoll_wait(poll, events.data(), events.size(), 100);
    for (int i = 0; i < n; ++i) {
      Read& read = reads[events[static_cast<std::size_t>(i)].data.u32];
      if (read.missing == 0) continue;
      if (!take(read)) return broken("a read ended early");
      if (read.missing == 0) --open;
    }
    if (stop_requested()) return errno = EINTR, broken("stopped");
    if (Clock::now() - start > kRoundLimit) return errno = ETIMEDOUT, broken("a round took 30 s");
  }
  return Clock::now() - start;
}

}  // namespace

Result<nlohmann::json> run_barrier(const BarrierPlan& plan) {
  const Fd poll{::epoll_create1(0)};
  std::vector<Read> reads(plan.reads);
  for (std::uint32_t i = 0; i < plan.reads; ++i) {
    auto fd = connect_to(plan.server, std::chrono::seconds{10});
    if (!fd) return fd.error();
    if (auto set = set_congestion(fd.value().get(), plan.congestion); !set) return set.error();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = i;
    ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, fd.value().get(), &event);
    reads[i].fd = std::move(fd.value());
  }
  Histogram microseconds;
  auto rounds_ms = nlohmann::json::array();
  for (unsigned round = 0; round < plan.rounds; ++round) {
    const auto took = run_round(plan, reads, poll.get());
    if (!took) return took.error();
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took.value()).count();
    microseconds.record(static_cast<std::uint64_t>(us));
    rounds_ms.push_back(static_cast<double>(us) * 1e-3);
  }
  nlohmann::json result = describe(microseconds);
  result["workload"] = "barrier";
  result["reads"] = plan.reads;
  result["bytes"] = plan.bytes;
  result["cc"] = plan.congestion;
  result["rounds_ms"] = std::move(rounds_ms);
  return result;
}

}  // namespace gimbal::probe
