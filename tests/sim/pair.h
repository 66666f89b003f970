#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "sim/receiver.h"
#include "sim/sender.h"

namespace gimbal::sim {

/// What tells one flow of a run from another.
struct PairOptions {
  Algorithm algorithm{Algorithm::cubic};
  bool paced{false};
  std::uint16_t client_port{0};
  std::uint64_t bytes{UINT64_MAX};  ///< The connection then rests; UINT64_MAX: a bulk stream.
  bool shielded{false};             ///< Passes the box.
  Habits receiver{};
};

/// A sender and its receiver, and what the run wants to know of them.
struct Pair {
  static constexpr std::uint16_t kServerPort = 5201;

  Pair(Loop& loop, const PairOptions& which, Rng& rng, Sink data, Sink acks)
      : shielded{which.shielded} {
    const Endpoint server{IpAddress::v4(10, 0, 1, 1), kServerPort};
    const Endpoint client{IpAddress::v4(10, 0, 2, 1), which.client_port};
    SenderConfig from;
    from.local = server;
    from.remote = client;
    from.algorithm = which.algorithm;
    from.paced = which.paced;
    from.initial_seq = Seq32{static_cast<std::uint32_t>(rng.next())};
    from.stream_bytes = which.bytes;
    from.keep_open = which.bytes != UINT64_MAX;
    ReceiverConfig to;
    to.local = client;
    to.remote = server;
    to.habits = which.receiver;
    to.initial_seq = Seq32{static_cast<std::uint32_t>(rng.next())};
    sender = std::make_unique<Sender>(loop, from, std::move(data));
    receiver = std::make_unique<Receiver>(loop, to, std::move(acks));
    sender->on_rtt = [this](Nanos rtt) { rtts.push_back(rtt); };
  }

  void start(Instant now) {
    started = now;
    receiver->connect();
  }
  [[nodiscard]] std::uint64_t bytes() const { return receiver->figures().bytes; }
  [[nodiscard]] bool finished() const { return sender->finished() && receiver->finished(); }
  /// Mean goodput from its start, or from `from` on with the bytes it had then.
  [[nodiscard]] double mbit_until(Instant now) const {
    return static_cast<double>(bytes()) * 8e-6 / (now - started).to_seconds();
  }
  [[nodiscard]] double median_rtt_ms() {
    if (rtts.empty()) return 0;
    const auto middle = rtts.begin() + static_cast<std::ptrdiff_t>(rtts.size() / 2);
    std::nth_element(rtts.begin(), middle, rtts.end());
    return middle->to_ms();
  }

  bool shielded;
  Instant started{};
  std::uint64_t bytes_when_shared{0};  ///< Delivered when the last flow joined.
  std::unique_ptr<Sender> sender;
  std::unique_ptr<Receiver> receiver;
  std::vector<Nanos> rtts;
};

}  // namespace gimbal::sim
