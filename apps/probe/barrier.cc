#include "probe/barrier.h"

#include <sys/epoll.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "probe/protocol.h"
#include "probe/recorder.h"

namespace gimbal::probe {

const char* const kBarrierExamples =
    "Example:\n  gimbal-probe barrier --connect 10.0.0.2:5201 --reads 100 --bytes 4000 --rounds "
    "300\n"
    "      --require 'barrier.p99<60ms'";

namespace {

/// What the options say.
struct BarrierPlan {
  SocketAddress server;
  unsigned reads{100};
  std::uint64_t bytes{4000};
  unsigned rounds{300};
  std::string congestion;  ///< Of both ends.
};

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

Result<bool> connect_reads(const BarrierPlan& plan, int poll, std::vector<Read>& reads) {
  for (std::uint32_t i = 0; i < plan.reads; ++i) {
    auto fd = connect_to(plan.server, std::chrono::seconds{10});
    if (!fd) return fd.error();
    if (auto set = set_congestion(fd.value().get(), plan.congestion); !set) return set.error();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = i;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, fd.value().get(), &event);
    reads[i].fd = std::move(fd.value());
  }
  return true;
}

class Barrier final : public Workload {
 public:
  void add_options(CLI::App& command) override {
    command.add_option("--reads", plan_.reads, "connections")->check(CLI::Range(1, 10000));
    command.add_option("--bytes", plan_.bytes, "of each answer")->check(CLI::Range(1, 1 << 30));
    command.add_option("--rounds", plan_.rounds, "steps")->check(CLI::Range(1, 1 << 24));
    command.add_option("--cc", plan_.congestion, "congestion control of the sockets");
  }

  Result<RunResult> run(const SocketAddress& server, ProgressLog& progress) override {
    plan_.server = server;
    const Fd poll{::epoll_create1(0)};
    std::vector<Read> reads(plan_.reads);
    if (auto connected = connect_reads(plan_, poll.get(), reads); !connected)
      return connected.error();
    const Clock::time_point start = Clock::now();
    Recorder step{"step", start};
    auto rounds_ms = nlohmann::json::array();
    for (unsigned round = 0; round < plan_.rounds; ++round) {
      const Clock::time_point now = Clock::now();
      const auto took = run_round(plan_, reads, poll.get());
      if (!took) return took.error();
      step.record(now, took.value());
      rounds_ms.push_back(std::chrono::duration<double, std::milli>(took.value()).count());
      progress.show(now, "rounds", round, plan_.rounds);
    }
    return summarize(step.finish(), std::move(rounds_ms), Clock::now() - start);
  }

 private:
  [[nodiscard]] RunResult summarize(Metric step, nlohmann::json rounds_ms,
                                    Clock::duration took) const {
    RunResult result;
    result.seconds = std::chrono::duration<double>(took).count();
    result.parameters = {{"reads", plan_.reads}, {"bytes", plan_.bytes}, {"rounds", plan_.rounds}};
    if (!plan_.congestion.empty()) result.parameters["cc"] = plan_.congestion;
    result.counters["connections"] = plan_.reads;
    result.extra = result.parameters;
    result.extra["count"] = step.histogram.count();
    for (const auto& [name, q] : kQuantiles)
      result.extra[std::string{name} + "_ms"] = step.quantile(q);
    result.extra["max_ms"] = step.max();
    result.extra["rounds_ms"] = std::move(rounds_ms);
    result.metrics.push_back(std::move(step));
    return result;
  }

  BarrierPlan plan_;
};

}  // namespace

std::unique_ptr<Workload> make_barrier() { return std::make_unique<Barrier>(); }

}  // namespace gimbal::probe
