#include "probe/udp_service.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <random>

namespace gimbal::probe {
namespace {

/// A session nobody has spoken in for so long is over.
constexpr std::chrono::seconds kSilence{60};
/// Datagrams read or sent in one turn, so that TCP sessions are not kept waiting.
constexpr int kBurst = 64;
constexpr int kSocketBuffer = 4 << 20;

bool same_peer(const SocketAddress& a, const SocketAddress& b) {
  return a.length == b.length && std::memcmp(&a.storage, &b.storage, a.length) == 0;
}

}  // namespace

Result<std::unique_ptr<Watcher>> UdpService::open(EventLoop& loop, const SocketAddress& address,
                                                  ReportStore& reports) {
  Fd fd{::socket(address.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kSocketBuffer, sizeof kSocketBuffer);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0)
    return Error{to_text(address), std::string{"cannot bind for UDP: "} + std::strerror(errno)};
  return std::unique_ptr<Watcher>{new UdpService{loop, std::move(fd), reports}};
}

UdpService::UdpService(EventLoop& loop, Fd socket, ReportStore& reports)
    : loop_{loop},
      socket_{std::move(socket)},
      reports_{reports},
      id_{loop.add(*this, socket_.get(), EPOLLIN)} {
  std::random_device device;
  secret_ = (std::uint64_t{device()} << 32) | device();
}

UdpService::~UdpService() { loop_.remove(id_); }

std::uint64_t UdpService::cookie_for(std::uint64_t session, const SocketAddress& peer) const {
  // Guessing it must not pay off for who cannot read the answer: no more is needed.
  std::uint64_t hash = secret_ ^ session;
  std::array<unsigned char, sizeof(sockaddr_storage)> bytes{};
  std::memcpy(bytes.data(), &peer.storage, peer.length);
  for (std::size_t i = 0; i < peer.length; ++i) hash = Rng{hash ^ bytes[i]}.next();
  return hash | 1;
}

void UdpService::advance(std::uint32_t events, Clock::time_point now) {
  if ((events & EPOLLIN) != 0) {
    std::array<std::byte, UdpPacket::kMaxSize> block;
    for (int i = 0; i < kBurst; ++i) {
      SocketAddress peer;
      peer.length = sizeof peer.storage;
      const ssize_t n = ::recvfrom(socket_.get(), block.data(), block.size(), 0,
                                   reinterpret_cast<sockaddr*>(&peer.storage), &peer.length);
      if (n < 0) break;
      take(std::span{block}.first(static_cast<std::size_t>(n)), peer, Clock::now());
    }
  } else {
    woken_ = Clock::time_point::max();
  }
  send_due(now);
}

void UdpService::take(std::span<const std::byte> bytes, const SocketAddress& peer,
                      Clock::time_point now) {
  const auto packet = UdpPacket::parse(bytes);
  if (!packet) return;
  if (packet->kind == UdpPacket::Kind::start) return start(*packet, peer, now);
  const auto found = sessions_.find(packet->session);
  if (packet->kind == UdpPacket::Kind::stop && found == sessions_.end()) {
    // Its session has ended: only the answer was lost.
    if (reports_.find(packet->session) != "null")
      answer(UdpPacket::Kind::stopped, *packet, 0, peer);
    return;
  }
  if (found == sessions_.end() || !same_peer(found->second.peer, peer)) return;
  found->second.last_heard = now;
  if (packet->kind == UdpPacket::Kind::stop) return stop(*packet, peer);
  if (packet->kind == UdpPacket::Kind::data) found->second.stream.take(*packet, bytes, now);
}

void UdpService::start(const UdpPacket& packet, const SocketAddress& peer, Clock::time_point now) {
  const std::uint64_t cookie = cookie_for(packet.session, peer);
  if (packet.number != cookie) return answer(UdpPacket::Kind::cookie, packet, cookie, peer);
  forget_silent(now);
  const double seconds = packet.millis * 1e-3;
  const bool sane = packet.size >= UdpPacket::kHeaderSize && packet.size <= UdpPacket::kMaxSize &&
                    packet.rate * seconds <= static_cast<double>(UdpArrivals::kMostPackets);
  if (sessions_.size() >= kMostSessions || !sane) return;
  answer(UdpPacket::Kind::started, packet, 0, peer);
  if (sessions_.contains(packet.session)) return;
  sessions_.emplace(packet.session,
                    Session{peer,
                            UdpStream{packet.session, static_cast<double>(packet.rate), packet.size,
                                      now, std::chrono::milliseconds{packet.millis}, "up"},
                            now});
}

void UdpService::stop(const UdpPacket& packet, const SocketAddress& peer) {
  const Session& session = sessions_.at(packet.session);
  RunResult report;
  report.workload = report.name = "udp";
  session.stream.arrivals().summarize(packet.number, report);
  report.counters["down_sent"] = session.stream.sent();
  reports_.keep(packet.session, to_json(report).dump());
  sessions_.erase(packet.session);
  answer(UdpPacket::Kind::stopped, packet, 0, peer);
}

void UdpService::answer(UdpPacket::Kind kind, const UdpPacket& to, std::uint64_t number,
                        const SocketAddress& peer) {
  UdpPacket packet;
  packet.kind = kind;
  packet.session = to.session;
  packet.number = number;
  std::array<std::byte, UdpPacket::kHeaderSize> out{};
  packet.write(out);
  ::sendto(socket_.get(), out.data(), out.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&peer.storage), peer.length);
}

void UdpService::send_due(Clock::time_point now) {
  Clock::time_point next = Clock::time_point::max();
  for (auto& [id, session] : sessions_) {
    for (int i = 0; i < kBurst && session.stream.due() <= now; ++i) {
      const auto packet = session.stream.next_packet(Clock::now());
      ::sendto(socket_.get(), packet.data(), packet.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&session.peer.storage), session.peer.length);
    }
    next = std::min(next, session.stream.due());
  }
  if (next < woken_) loop_.wake_at(id_, woken_ = next);
}

void UdpService::forget_silent(Clock::time_point now) {
  for (auto it = sessions_.begin(); it != sessions_.end();)
    it = now - it->second.last_heard > kSilence ? sessions_.erase(it) : std::next(it);
}

}  // namespace gimbal::probe
