#include "sim/verdict_run.h"

#include <memory>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "sim/link.h"
#include "sim/receiver.h"
#include "sim/sender.h"

namespace gimbal::sim {

namespace {

constexpr std::uint16_t kFirstClientPort = 40'000;
constexpr Nanos kInterval = Nanos::millis(10);
constexpr Nanos kNearDelay = Nanos::micros(50);
constexpr std::size_t kCrossFrame = 1514;

bool loses(const impair::DirectionConfig& config) noexcept {
  return config.loss.probability > 0 || config.loss.kind != impair::LossKind::bernoulli;
}

bool reorders(const impair::DirectionConfig& config) noexcept {
  return config.jitter.kind != impair::JitterKind::none &&
         config.jitter.order == impair::Order::reorder;
}

/// Server - box - data link - client, and back over the ack link; other flows meet the links only.
class Court {
 public:
  Court(const VerdictRun& run, const std::function<void(const VerdictSample&)>& on_sample)
      : run_{run},
        on_sample_{on_sample},
        rng_{run.seed},
        data_{loop_, run.question->data, run.seed * 2 + 1, [this](Frame f) { to_client(f); }},
        acks_{loop_, run.question->acks, run.seed * 2 + 2, [this](Frame f) { from_acks(f); }},
        box_{loop_, run.box,
             [this](Frame f) { later([this, moved = std::move(f)] { to_server(0, moved); }); },
             [this](Frame f) { data_.send(std::move(f)); }, BoxOptions{}} {
    add_flow(run.algorithm, Nanos{}, Nanos::max(), run.question->application);
    for (const ElasticCross& cross : run.question->elastic)
      add_flow(cross.algorithm, cross.from, cross.until, {});
    for (const SteadyCross& cross : run.question->steady)
      loop_.at(Instant{} + cross.from, [this, &cross] { send_cross(cross); });
    for (const PathChange& change : run.question->changes)
      loop_.at(Instant{} + change.at, [this, &change] {
        if (change.data) data_.reconfigure(*change.data);
        if (change.acks) acks_.reconfigure(*change.acks);
      });
    data_.on_admission = [this](const Frame& frame, const impair::Admission& fate) {
      const bool ours = is_judged(frame);
      offered_ += ours;
      data_truth_.admitted(fate, data_.config(), size_of(frame), ours, loop_.now());
    };
    acks_.on_admission = [this](const Frame& frame, const impair::Admission& fate) {
      ack_truth_.admitted(fate, acks_.config(), size_of(frame), is_judged(frame), loop_.now());
    };
    take_sample();
  }

  void hold() {
    loop_.run_until(Instant{} + run_.lasts);
    box_.stop();
  }

 private:
  struct Ends {
    std::unique_ptr<Sender> sender;
    std::unique_ptr<Receiver> receiver;
  };

  static std::uint32_t size_of(const Frame& frame) {
    return static_cast<std::uint32_t>(frame.size());
  }
  template <class Action>
  void later(Action action) {
    loop_.after(kNearDelay, std::move(action));
  }

  void add_flow(Algorithm algorithm, Nanos from, Nanos until, Application application) {
    const std::size_t index = flows_.size();
    SenderConfig server;
    server.local = {IpAddress::v4(10, 0, 1, 1), 5201};
    server.remote = {IpAddress::v4(10, 0, 2, 1),
                     static_cast<std::uint16_t>(kFirstClientPort + index)};
    server.algorithm = algorithm;
    server.initial_seq = Seq32{static_cast<std::uint32_t>(rng_.next())};
    server.keep_open = !application.bulk();
    if (!application.bulk()) server.stream_bytes = application.bytes;
    ReceiverConfig client;
    client.local = server.remote;
    client.remote = server.local;
    client.initial_seq = Seq32{static_cast<std::uint32_t>(rng_.next())};
    Ends ends;
    ends.sender = std::make_unique<Sender>(loop_, server, [this, index](Frame f) {
      if (index > 0) return data_.send(std::move(f));
      later([this, moved = std::move(f)]() mutable { box_.arrive(PortId::lan, std::move(moved)); });
    });
    ends.receiver =
        std::make_unique<Receiver>(loop_, client, [this](Frame f) { acks_.send(std::move(f)); });
    flows_.push_back(std::move(ends));
    loop_.at(Instant{} + from, [this, index] { flows_[index].receiver->connect(); });
    if (until < Nanos::max())
      loop_.at(Instant{} + until, [this, index] { flows_[index].sender->close(); });
    if (!application.bulk()) write_on(index, application);
  }

  void write_on(std::size_t index, Application application) {
    loop_.after(application.every, [this, index, application] {
      flows_[index].sender->offer(application.bytes);
      write_on(index, application);
    });
  }

  void send_cross(const SteadyCross& cross) {
    if (loop_.now() >= Instant{} + cross.until) return;
    data_.send(Frame(kCrossFrame));  // All zero: nobody takes it for a segment.
    loop_.after(BitRate::from_mbit(cross.mbit).time_for(kCrossFrame),
                [this, &cross] { send_cross(cross); });
  }

  void to_client(const Frame& frame) {
    const auto segment = decode(frame);
    if (!segment) return;
    const auto index = static_cast<std::size_t>(segment->destination.port - kFirstClientPort);
    if (index < flows_.size()) flows_[index].receiver->hear(*segment, payload_of(frame, *segment));
  }
  void from_acks(const Frame& frame) {
    const auto segment = decode(frame);
    if (!segment) return;
    if (segment->source.port == kFirstClientPort) return box_.arrive(PortId::wan, Frame{frame});
    to_server(static_cast<std::size_t>(segment->source.port - kFirstClientPort), frame);
  }
  void to_server(std::size_t index, const Frame& frame) {
    const auto segment = decode(frame);
    if (segment && index < flows_.size()) flows_[index].sender->hear(*segment);
  }
  /// By the ports of the frame's fixed-length headers, which is all this laboratory sends.
  static bool is_judged(const Frame& frame) {
    constexpr std::size_t kPorts = 14 + 20;
    if (frame.size() < kPorts + 4) return false;
    const auto port = [&](std::size_t at) {
      return static_cast<unsigned>(frame[at]) << 8 | static_cast<unsigned>(frame[at + 1]);
    };
    return port(kPorts) == kFirstClientPort || port(kPorts + 2) == kFirstClientPort;
  }

  void take_sample() {
    loop_.after(kInterval, [this] {
      const Instant now = loop_.now();
      data_truth_.close(now, data_.config());
      ack_truth_.close(now, acks_.config());
      VerdictSample sample;
      sample.at = now;
      sample.truth = data_truth_.closed();
      sample.truth.rtt_ms = (data_truth_.one_way() + ack_truth_.one_way()).to_ms();
      sample.truth.base_ms = (data_.config().delay + acks_.config().delay).to_ms();
      sample.truth.data_jitter_ms = data_truth_.jitter().to_ms();
      sample.truth.ack_jitter_ms = ack_truth_.jitter().to_ms();
      sample.truth.dark_ms = data_truth_.dark().to_ms();
      sample.loses_at_random = loses(data_.config());
      sample.reorders = reorders(data_.config());
      sample.delivered = flows_[0].receiver->figures().bytes / 1448;
      sample.active = std::exchange(offered_, 0U) > 0;
      HalfFlowRow row;
      sample.known = box_.server_half(row);
      if (sample.known) {
        sample.verdict = row.verdict;
        sample.reason = row.reason;
        sample.floor_ms = row.far_rtt_floor.to_ms();
        sample.base_ms = row.far_rtt_base.to_ms();
      }
      on_sample_(sample);
      take_sample();
    });
  }

  const VerdictRun& run_;
  const std::function<void(const VerdictSample&)>& on_sample_;
  Loop loop_;
  Rng rng_;
  Link data_;
  Link acks_;
  Box box_;
  std::vector<Ends> flows_;
  WayTruth data_truth_;
  WayTruth ack_truth_;
  unsigned offered_{0};
};

}  // namespace

void run(const VerdictRun& run, const std::function<void(const VerdictSample&)>& on_sample) {
  Court{run, on_sample}.hold();
}

}  // namespace gimbal::sim
