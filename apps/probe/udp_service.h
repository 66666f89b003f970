#pragma once

#include <map>
#include <memory>
#include <vector>

#include "base/result.h"
#include "probe/event_loop.h"
#include "probe/role.h"
#include "probe/udp_stream.h"

namespace gimbal::probe {

/// The server's end of udp runs: one socket, a stream for every session. Sends only to who has
/// shown a cookie it was given, so nobody can have datagrams sent to somebody else.
class UdpService final : public Watcher {
 public:
  static Result<std::unique_ptr<Watcher>> open(EventLoop& loop, const SocketAddress& address,
                                               ReportStore& reports);
  ~UdpService() override;
  void advance(std::uint32_t events, Clock::time_point now) override;

 private:
  struct Session {
    SocketAddress peer;
    UdpStream stream;
    Clock::time_point last_heard;
  };
  static constexpr std::size_t kMostSessions = 256;

  UdpService(EventLoop& loop, Fd socket, ReportStore& reports);
  void take(std::span<const std::byte> bytes, const SocketAddress& peer, Clock::time_point now);
  void start(const UdpPacket& packet, const SocketAddress& peer, Clock::time_point now);
  void stop(const UdpPacket& packet, const SocketAddress& peer);
  void send_due(Clock::time_point now);
  void forget_silent(Clock::time_point now);
  void answer(UdpPacket::Kind kind, const UdpPacket& to, std::uint64_t number,
              const SocketAddress& peer);
  [[nodiscard]] std::uint64_t cookie_for(std::uint64_t session, const SocketAddress& peer) const;

  EventLoop& loop_;
  Fd socket_;
  ReportStore& reports_;
  EventLoop::Id id_;
  std::uint64_t secret_;
  std::map<std::uint64_t, Session> sessions_;
  Clock::time_point woken_{Clock::time_point::max()};  ///< The wake asked for last.
};

}  // namespace gimbal::probe
