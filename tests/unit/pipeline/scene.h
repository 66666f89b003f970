#pragma once

#include <string>
#include <vector>

#include "pipeline/worker.h"
#include "support/catch.h"
#include "support/fake_io.h"
#include "support/packet_builder.h"
#include "wire/checksum.h"

namespace gimbal::testing {

/// A worker between a server on the lan side and a client on the wan side, on a virtual clock.
/// Every frame that leaves is parsed again and its checksum verified.
struct Scene {
  FakeIo io;
  Policy policy;
  Worker<FakeIo> worker;
  Instant now{1'000'000'000};
  std::vector<Segment> to_client;
  std::vector<Segment> to_server;

  explicit Scene(WorkerOptions options = small(), Mode mode = Mode::repair,
                 Custody custody = Custody::never)
      : worker{options, io} {
    policy.fallback.mode = mode;
    policy.fallback.custody = custody;
    worker.shared().policy.store(&policy);
  }
  static WorkerOptions small() {
    WorkerOptions options;
    options.flows = 64;
    options.packets = 1024;
    return options;
  }

  void turn() {
    worker.run_once(now);
    collect(PortId::wan, to_client);
    collect(PortId::lan, to_server);
  }
  void from_server(const SegmentBuilder& segment) { inject(PortId::lan, segment); }
  void from_client(const SegmentBuilder& segment) { inject(PortId::wan, segment); }
  /// Passes time, running the worker whenever it asks to be.
  void wait(Nanos span) {
    const Instant until = now + span;
    while (now < until) {
      now = min(until, now + Nanos::micros(100));
      turn();
    }
  }

  // A download: the client opens, the server sends. Sequence numbers are the server's offset by
  // its first byte.
  static constexpr std::uint32_t kClient = 1000;
  static constexpr std::uint32_t kServer = 0xffff'fa00;  // Wraps soon.
  static SegmentBuilder reply(const SegmentBuilder& segment) {
    SegmentBuilder turned = segment;
    return turned.from(server_v4()).to(client_v4());
  }
  void handshake(Nanos rtt = Nanos::millis(40), bool sack = true) {
    SegmentBuilder opening = syn(kClient).mss(1460).scale(7).ts(1, 0);
    SegmentBuilder answer = syn_ack(kServer, kClient + 1).mss(1460).scale(7).ts(100, 1);
    if (sack) {
      opening.sack_ok();
      answer.sack_ok();
    }
    from_client(opening);
    from_server(reply(answer));
    wait(rtt);
    from_client(ack(kClient + 1, kServer + 1).window(500).ts(2, 100));
    clear();
  }
  void send(std::uint32_t offset, std::uint32_t length = 1000) {
    from_server(reply(data(kServer + 1 + offset, length, kClient + 1)).ts(101, 2));
  }
  SegmentBuilder acked(std::uint32_t offset) const {
    return ack(kClient + 1, kServer + 1 + offset).window(500).ts(3, 101);
  }
  static SackBlock bytes(std::uint32_t from, std::uint32_t to) {
    return block(kServer + 1 + from, kServer + 1 + to);
  }
  void clear() {
    to_client.clear();
    to_server.clear();
  }
  [[nodiscard]] std::uint64_t count(Fate fate) const { return worker.counters()[fate]; }
  [[nodiscard]] std::uint64_t count(Counter counter) const { return worker.counters()[counter]; }
  [[nodiscard]] std::uint64_t received() const {
    return worker.counters().ports[0].received_packets +
           worker.counters().ports[1].received_packets;
  }
  [[nodiscard]] std::uint64_t fates() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t n : worker.counters().fates) sum += n;
    return sum;
  }

  void inject(PortId port, const SegmentBuilder& segment) {
    io.inject(port, segment.frame());
    turn();
  }
  void collect(PortId port, std::vector<Segment>& out) {
    for (const auto& frame : io.taken(port)) {
      Segment segment;
      REQUIRE(parse_frame(frame, segment) == FrameKind::tcp);
      REQUIRE(tcp_checksum_ok(frame, segment));
      out.push_back(segment);
    }
  }
};

}  // namespace gimbal::testing
