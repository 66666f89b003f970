#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "packet/packet.h"

namespace gimbal {

class DpdkIo;

/// What a program needs from below its pipeline.
struct DatapathOptions {
  std::array<std::string, kPortCount> devices;  ///< Contract: `ports.*.device`.
  std::array<std::string, kPortCount> port_names{"lan",
                                                 "wan"};  ///< For errors: "ports.lan.device".
  WorkersConfig workers;
  bool hugepages{false};
  std::uint32_t packets{65536};  ///< Buffers over all workers.
  bool allow_default_route{false};
  /// True keeps every TCP flow, both directions, on one worker. An emulator wants false: it keeps
  /// order per queue, not per flow.
  bool flow_affinity{true};
};

/// How one port came to be driven.
struct PortReport {
  std::string device;  ///< As configured.
  std::string driver;  ///< "af_packet", "net_af_xdp", "net_pcap" ...
  std::string reason;  ///< Why that one, one sentence.
  std::uint32_t mtu{0};
  std::uint16_t queues{0};
};

/// What the ports count below the pipeline, over all queues. Frames lost before we saw them are
/// `missed`; frames no wire can carry (larger than the MTU, merged by a neighbour's offloads) are
/// `oversize`; `starved` were refused for want of packet buffers.
struct PortStats {
  std::uint64_t missed{0};
  std::uint64_t oversize{0};
  std::uint64_t starved{0};
  std::uint64_t unsent{0};  ///< Lost because the link was down.
};

/// EAL, two ports, one queue and one packet pool per worker, and the worker threads. Control
/// thread only, except `io(w)`, which belongs to worker w once it runs.
///
/// Everything is taken in `open` and given back by the destructor, in reverse order: rings, ports,
/// interfaces (offloads and link state restored), EAL.
class Datapath {
 public:
  /// Errors name the JSON path and the mend; nothing stays changed.
  static Result<std::unique_ptr<Datapath>> open(const DatapathOptions& options);
  ~Datapath();
  Datapath(const Datapath&) = delete;
  Datapath& operator=(const Datapath&) = delete;

  [[nodiscard]] unsigned workers() const noexcept;
  [[nodiscard]] DpdkIo& io(unsigned worker) noexcept;
  [[nodiscard]] const PortReport& report(PortId port) const noexcept;
  [[nodiscard]] PortStats stats(PortId port) const;
  /// Packets that reached `worker` but belong to another and were passed to it; and those sent on
  /// untouched because the other did not keep up.
  [[nodiscard]] std::uint64_t handed_over(unsigned worker) const noexcept;
  [[nodiscard]] std::uint64_t handover_overflowed(unsigned worker) const noexcept;
  /// Bytes one packet buffer takes, headers included, and buffers held now over all workers.
  [[nodiscard]] std::uint32_t packet_bytes() const noexcept;
  [[nodiscard]] std::uint32_t packets_in_use() const noexcept;

  /// Runs `body(worker)` on every worker's pinned thread; `body` must not throw. Call once.
  void launch(std::function<void(unsigned worker)> body);
  /// Waits until every body has returned.
  void join();

 private:
  struct State;
  explicit Datapath(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace gimbal
