#include "probe/udp.h"

#include <netinet/in.h>
#include <sys/epoll.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <optional>
#include <random>

#include "probe/event_loop.h"
#include "probe/fetch_report.h"
#include "probe/load_options.h"
#include "probe/udp_stream.h"

namespace gimbal::probe {

const char* const kUdpExamples =
    "Round trip, RFC 3550 jitter, delay variation, loss, reordering and duplicates of both ways.\n"
    "Examples:\n"
    "  gimbal-probe udp --connect 10.0.0.2:5201 --up 50 --down 500 --bytes 1200\n"
    "  gimbal-probe udp --connect 10.0.0.2:5201 --require 'udp.rtt.p99<40ms' "
    "--require 'udp.down_loss_percent<0.1'";

namespace {

constexpr std::chrono::milliseconds kAgain{100};  ///< Between control datagrams unanswered.
constexpr std::chrono::seconds kSettle{2};        ///< For what is still on its way at the end.
constexpr int kBurst = 64;
constexpr int kSocketBuffer = 4 << 20;

struct UdpPlan {
  unsigned up{100};  ///< Datagrams a second.
  unsigned down{100};
  unsigned bytes{200};
  unsigned dscp{0};
  double duration{10};
  double limit{10};  ///< Seconds control datagrams are repeated.
};

/// The client's end of one session.
class UdpClient final : public Watcher {
 public:
  UdpClient(EventLoop& loop, const UdpPlan& plan) : loop_{loop}, plan_{plan} {
    std::random_device device;
    session_ = (std::uint64_t{device()} << 32) | device();
  }
  ~UdpClient() override {
    if (fd_.get() >= 0) loop_.remove(id_);
  }

  Result<bool> open(const SocketAddress& server);
  /// Repeats the start until the server sends or has a cookie for us, and the stop until it has
  /// made its report.
  Result<bool> begin();
  Result<bool> run(ProgressLog& progress);
  Result<bool> end();
  void advance(std::uint32_t events, Clock::time_point now) override;
  Result<RunResult> summarize(const SocketAddress& server);

 private:
  void take(std::span<const std::byte> bytes, Clock::time_point now);
  void control(UdpPacket::Kind kind, std::uint64_t number);
  Result<bool> repeat(UdpPacket::Kind kind, const bool& answered, const char* what);
  void begin_stream(Clock::time_point now);
  void send_due(Clock::time_point now);

  EventLoop& loop_;
  UdpPlan plan_;
  std::uint64_t session_;
  Fd fd_;
  EventLoop::Id id_{0};
  std::uint64_t cookie_{0};
  bool begun_{false};
  bool stopped_{false};
  Clock::time_point origin_;
  std::optional<UdpStream> stream_;
  std::optional<Recorder> trip_;
};

Result<bool> UdpClient::open(const SocketAddress& server) {
  fd_ = Fd{::socket(server.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &kSocketBuffer, sizeof kSocketBuffer);
  const int tos = static_cast<int>(plan_.dscp << 2);
  if (server.storage.ss_family == AF_INET6)
    ::setsockopt(fd_.get(), IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos);
  else
    ::setsockopt(fd_.get(), IPPROTO_IP, IP_TOS, &tos, sizeof tos);
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&server.storage), server.length) != 0)
    return Error{to_text(server), std::string{"cannot connect: "} + std::strerror(errno)};
  id_ = loop_.add(*this, fd_.get(), EPOLLIN);
  return true;
}

void UdpClient::control(UdpPacket::Kind kind, std::uint64_t number) {
  UdpPacket packet;
  packet.kind = kind;
  packet.session = session_;
  packet.number = number;
  packet.rate = plan_.down;
  packet.size = plan_.bytes;
  packet.millis = static_cast<std::uint32_t>(plan_.duration * 1e3);
  std::array<std::byte, UdpPacket::kHeaderSize> out{};
  packet.write(out);
  ::send(fd_.get(), out.data(), out.size(), MSG_NOSIGNAL);
}

Result<bool> UdpClient::repeat(UdpPacket::Kind kind, const bool& answered, const char* what) {
  const Clock::time_point deadline = Clock::now() + to_duration(plan_.limit);
  while (!answered) {
    if (stop_requested()) return Error{"", "stopped"};
    if (Clock::now() > deadline) return Error{"udp", what};
    control(kind, kind == UdpPacket::Kind::start ? cookie_ : stream_->sent());
    const Clock::time_point again = Clock::now() + kAgain;
    const std::uint64_t had = cookie_;
    while (!answered && had == cookie_ && Clock::now() < again) loop_.turn(again - Clock::now());
  }
  return true;
}

Result<bool> UdpClient::begin() {
  return repeat(UdpPacket::Kind::start, begun_, "the server does not answer over UDP");
}

void UdpClient::begin_stream(Clock::time_point now) {
  begun_ = true;
  origin_ = now;
  trip_.emplace("rtt", now);
  stream_.emplace(session_, static_cast<double>(plan_.up), plan_.bytes, now,
                  to_duration(plan_.duration), "down");
  loop_.wake_at(id_, now);
}

void UdpClient::advance(std::uint32_t events, Clock::time_point now) {
  if ((events & EPOLLIN) != 0) {
    std::array<std::byte, UdpPacket::kMaxSize> block;
    for (int i = 0; i < kBurst; ++i) {
      const ssize_t n = ::recv(fd_.get(), block.data(), block.size(), 0);
      if (n < 0) break;
      take(std::span{block}.first(static_cast<std::size_t>(n)), Clock::now());
    }
  }
  if (stream_) send_due(now);
}

void UdpClient::take(std::span<const std::byte> bytes, Clock::time_point now) {
  const auto packet = UdpPacket::parse(bytes);
  if (!packet || packet->session != session_) return;
  switch (packet->kind) {
    case UdpPacket::Kind::cookie:
      cookie_ = packet->number;
      break;
    case UdpPacket::Kind::started:
      if (!begun_) begin_stream(now);
      break;
    case UdpPacket::Kind::data:
      if (!begun_) begin_stream(now);
      if (const auto trip = stream_->take(*packet, bytes, now)) trip_->record(now, *trip);
      break;
    case UdpPacket::Kind::stopped:
      stopped_ = true;
      break;
    default:
      break;
  }
}

void UdpClient::send_due(Clock::time_point now) {
  for (int i = 0; i < kBurst && stream_->due() <= now; ++i) {
    const auto packet = stream_->next_packet(Clock::now());
    ::send(fd_.get(), packet.data(), packet.size(), MSG_NOSIGNAL);
  }
  if (stream_->due() != Clock::time_point::max()) loop_.wake_at(id_, stream_->due());
}

Result<bool> UdpClient::run(ProgressLog& progress) {
  const Clock::time_point end = origin_ + to_duration(plan_.duration) + kSettle;
  const std::uint64_t expected = static_cast<std::uint64_t>(plan_.down * plan_.duration);
  while (!stop_requested()) {
    const Clock::time_point now = Clock::now();
    const bool sent_all = stream_->due() == Clock::time_point::max();
    if (now >= end || (sent_all && stream_->arrivals().received() >= expected && expected > 0))
      break;
    progress.show(now, "seconds", std::floor(std::chrono::duration<double>(now - origin_).count()),
                  plan_.duration);
    loop_.turn(std::chrono::milliseconds{50});
  }
  return true;
}

Result<bool> UdpClient::end() {
  return repeat(UdpPacket::Kind::stop, stopped_, "the server does not answer the end over UDP");
}

Result<RunResult> UdpClient::summarize(const SocketAddress& server) {
  auto far = parse_run_result(fetch_report(server, session_), "the server's report");
  if (!far) return far.error();
  RunResult result;
  result.seconds = plan_.duration;
  result.metrics.push_back(trip_->finish());
  stream_->arrivals().summarize(far.value().counters["down_sent"], result);
  for (Metric& metric : far.value().metrics) result.metrics.push_back(std::move(metric));
  for (const auto& [name, value] : far.value().figures) result.figures[name] = value;
  for (const auto& [name, value] : far.value().counters)
    if (name.starts_with("up_")) result.counters[name] = value;
  result.counters["mismatches"] += far.value().counters["mismatches"];
  result.parameters = {{"up", plan_.up},
                       {"down", plan_.down},
                       {"bytes", plan_.bytes},
                       {"duration", plan_.duration},
                       {"dscp", plan_.dscp}};
  return result;
}

class Udp final : public Workload {
 public:
  void add_options(CLI::App& command) override {
    command.add_option("--up", plan_.up, "datagrams a second to the server (default 100)")
        ->check(CLI::Range(0, 1'000'000));
    command.add_option("--down", plan_.down, "and from it (default 100)")
        ->check(CLI::Range(0, 1'000'000));
    command.add_option("--bytes", plan_.bytes, "of each, without UDP and IP (default 200)")
        ->check(CLI::Range(UdpPacket::kHeaderSize, UdpPacket::kMaxSize));
    command.add_option("--duration", plan_.duration, "seconds")->check(CLI::Range(0.1, 86'400.0));
    command.add_option("--dscp", plan_.dscp, "of the datagrams sent to the server")
        ->check(CLI::Range(0, 63));
    command.add_option("--limit", plan_.limit, "seconds to wait for the server at start and end")
        ->check(CLI::Range(0.1, 600.0));
  }

  Result<RunResult> run(const SocketAddress& server, ProgressLog& progress) override {
    const double most = std::max(plan_.up, plan_.down) * plan_.duration;
    if (most > static_cast<double>(UdpArrivals::kMostPackets))
      return Error{"--duration", "that are more than " + std::to_string(UdpArrivals::kMostPackets) +
                                     " datagrams one way; take a lower rate or less time"};
    EventLoop loop;
    UdpClient client{loop, plan_};
    if (auto opened = client.open(server); !opened) return opened.error();
    if (auto begun = client.begin(); !begun) return begun.error();
    if (auto ran = client.run(progress); !ran) return ran.error();
    if (auto ended = client.end(); !ended) return ended.error();
    return client.summarize(server);
  }

 private:
  UdpPlan plan_;
};

}  // namespace

std::unique_ptr<Workload> make_udp() { return std::make_unique<Udp>(); }

}  // namespace gimbal::probe
