#include "sim/scenario.h"

#include <algorithm>
#include <memory>

#include "base/rng.h"
#include "sim/datagrams.h"
#include "sim/link.h"
#include "sim/pair.h"

namespace gimbal::sim {

namespace {

constexpr std::uint16_t kFirstClientPort = 40'000;
constexpr double kPayloadShare = 1448.0 / 1514;  ///< Of a full frame with timestamps.

/// Down: sender - short leg - box - data link - receiver, and back over the ack link. Up: sender -
/// data link - box - short leg - receiver. The bystander's frames meet the links only.
class World {
 public:
  explicit World(const Scenario& scenario)
      : scenario_{scenario},
        rng_{scenario.seed},
        data_link_{loop_, scenario.profile.data, scenario.seed * 2 + 1,
                   [this](Frame f) { from_data_link(std::move(f)); }},
        ack_link_{loop_, scenario.profile.acks, scenario.seed * 2 + 2,
                  [this](Frame f) { from_ack_link(std::move(f)); }} {
    if (scenario.box != BoxKind::off)
      box_ = std::make_unique<Box>(
          loop_, scenario.box,
          [this](Frame f) { up() ? to_receiver(std::move(f)) : to_sender(std::move(f)); },
          [this](Frame f) { up() ? ack_link_.send(std::move(f)) : data_link_.send(std::move(f)); },
          BoxOptions{.actuators = scenario.actuators,
                     .data_from = up() ? PortId::wan : PortId::lan,
                     .limits = scenario.limits});
    main_ = &add(shielded_flow(), Instant{} + scenario.starts);
    if (scenario.bytes != UINT64_MAX) watch_completion(*main_);
    Nanos latest = scenario.starts;
    for (const Bystander& bystander : scenario.bystanders) {
      add({.algorithm = bystander.algorithm, .paced = scenario.paced},
          Instant{} + bystander.starts);
      latest = max(latest, bystander.starts);
    }
    loop_.at(Instant{} + latest, [this] { all_joined(); });
    if (scenario.datagrams) {
      datagrams_ =
          std::make_unique<Datagrams>(loop_, [this](Frame f) { data_link_.send(std::move(f)); });
      datagrams_->start();
    }
  }

  Outcome run(const std::function<void(const Sample&)>& on_sample) {
    if (on_sample) take_samples(on_sample);
    const Instant end = Instant{} + scenario_.lasts;
    if (scenario_.bytes == UINT64_MAX) {
      loop_.run_until(end);
    } else {
      while (loop_.now() < end && completions_ms_.size() < scenario_.flows)
        loop_.run_until(min(end, loop_.now() + Nanos::millis(100)));
    }
    Outcome out = measure();
    for (auto& pair : pairs_) pair->sender->close();
    // Time to drain a full buffer over a slow path; a flow that cannot is left as it stands.
    for (int i = 0; i < 50 && !main_->finished(); ++i)
      loop_.run_until(loop_.now() + Nanos::millis(100));
    if (box_) {
      box_->stop();
      out.counters = box_->counters();
      out.violations = box_->witness().violations();
      out.sentences = box_->witness().sentences();
    }
    for (const auto& pair : pairs_) out.damaged |= pair->receiver->figures().damaged;
    return out;
  }

 private:
  [[nodiscard]] PairOptions shielded_flow() const {
    return {.algorithm = scenario_.algorithm,
            .paced = scenario_.paced,
            .bytes = scenario_.bytes,
            .shielded = true,
            .receiver = scenario_.receiver};
  }
  Pair& add(PairOptions which, Instant starts) {
    which.client_port = static_cast<std::uint16_t>(kFirstClientPort + pairs_.size());
    Sink data = [this](Frame f) { data_link_.send(std::move(f)); };
    Sink acks = [this](Frame f) { ack_link_.send(std::move(f)); };
    if (which.shielded) {
      data = [this](Frame f) { from_sender(std::move(f)); };
      acks = [this](Frame f) { from_receiver(std::move(f)); };
    }
    Pair& pair = *pairs_.emplace_back(
        std::make_unique<Pair>(loop_, which, rng_, std::move(data), std::move(acks)));
    loop_.at(starts, [this, &pair] { pair.start(loop_.now()); });
    return pair;
  }
  /// A short flow: notes when it is complete, closes it, and lets the next one follow.
  void watch_completion(Pair& pair) {
    pair.receiver->on_bytes = [this, &pair](std::uint64_t bytes) {
      if (bytes < scenario_.bytes) return;
      pair.receiver->on_bytes = {};
      completions_ms_.push_back((loop_.now() - pair.started).to_ms());
      pair.sender->close();
      if (completions_ms_.size() >= scenario_.flows) return;
      main_ = &add(shielded_flow(), loop_.now() + scenario_.pause);
      watch_completion(*main_);
    };
  }
  void all_joined() {
    shared_since_ = loop_.now();
    for (auto& pair : pairs_) pair->bytes_when_shared = pair->bytes();
    if (datagrams_) datagrams_when_shared_ = datagrams_->arrived();
  }

  [[nodiscard]] bool up() const noexcept { return scenario_.flow == Flow::up; }

  void from_sender(Frame frame) {
    if (up()) return data_link_.send(std::move(frame));
    loop_.after(scenario_.near_delay, [this, moved = std::move(frame)]() mutable {
      pass(PortId::lan, std::move(moved), data_link_);
    });
  }
  void from_receiver(Frame frame) {
    if (!up()) return ack_link_.send(std::move(frame));
    loop_.after(scenario_.near_delay, [this, moved = std::move(frame)]() mutable {
      pass(PortId::lan, std::move(moved), ack_link_);
    });
  }
  /// A frame of the main flow where the box stands, bound for `link` if there is none.
  void pass(PortId port, Frame frame, Link& link) {
    if (scenario_.tap) scenario_.tap(port, frame, loop_.now());
    if (box_)
      box_->arrive(port, std::move(frame));
    else
      link.send(std::move(frame));
  }
  void to_sender(Frame frame) {
    loop_.after(scenario_.near_delay, [this, moved = std::move(frame)] { hear_ack(moved); });
  }
  void hear_ack(const Frame& frame) {
    const auto segment = decode(frame);
    if (!segment) return;
    Pair* pair = pair_of(segment->source.port);
    if (pair != nullptr) pair->sender->hear(*segment);
  }
  void to_receiver(Frame frame) {
    loop_.after(scenario_.near_delay, [this, moved = std::move(frame)] { hear_data(moved); });
  }
  void hear_data(const Frame& frame) {
    const auto segment = decode(frame);
    if (!segment) return;
    Pair* pair = pair_of(segment->destination.port);
    if (pair != nullptr) pair->receiver->hear(*segment, payload_of(frame, *segment));
  }
  void from_data_link(Frame frame) {
    if (datagrams_ && datagrams_->take(frame)) return;
    const auto segment = decode(frame);
    if (!up() || !segment || !shielded(segment->destination.port)) return hear_data(frame);
    if (scenario_.tap) scenario_.tap(PortId::wan, frame, loop_.now());
    if (box_)
      box_->arrive(PortId::wan, std::move(frame));
    else
      to_receiver(std::move(frame));
  }
  void from_ack_link(Frame frame) {
    const auto segment = decode(frame);
    if (!segment) return;
    if (up() || !shielded(segment->source.port)) return hear_ack(frame);
    if (scenario_.tap) scenario_.tap(PortId::wan, frame, loop_.now());
    if (box_)
      box_->arrive(PortId::wan, std::move(frame));
    else
      to_sender(std::move(frame));
  }
  Pair* pair_of(std::uint16_t client_port) {
    const std::size_t index = static_cast<std::size_t>(client_port) - kFirstClientPort;
    return index < pairs_.size() ? pairs_[index].get() : nullptr;
  }
  [[nodiscard]] bool shielded(std::uint16_t client_port) {
    const Pair* pair = pair_of(client_port);
    return pair != nullptr && pair->shielded;
  }

  void take_samples(const std::function<void(const Sample&)>& on_sample) {
    loop_.after(Nanos::millis(10), [this, &on_sample] {
      Sample sample;
      sample.at = loop_.now();
      sample.window = main_->sender->congestion().window();
      sample.srtt = main_->sender->rtt().smoothed();
      sample.in_flight = main_->sender->in_flight();
      sample.peer_window = main_->sender->peer_window();
      const std::uint64_t bytes = main_->receiver->figures().bytes;
      sample.goodput_mbit = static_cast<double>(bytes - sampled_bytes_) * 8e-6 / 0.010;
      sampled_bytes_ = bytes;
      sample.queue_bytes = data_link_.backlog_bytes();
      HalfFlowRow row;
      if (box_ && box_->server_half(row)) sample.far_window = row.window;
      on_sample(sample);
      take_samples(on_sample);
    });
  }

  Outcome measure() {
    Outcome out;
    out.goodput_mbit = main_->mbit_until(loop_.now());
    out.rtt_p50_ms = main_->median_rtt_ms();
    for (const auto& pair : pairs_) {
      if (!pair->shielded) {
        out.bystander_mbit +=
            pair->mbit_until(loop_.now()) / static_cast<double>(scenario_.bystanders.size());
        continue;
      }
      out.sender_retransmissions += pair->sender->figures().retransmissions;
      out.sender_timeouts += pair->sender->figures().timeouts;
      out.undos += pair->sender->figures().undos;
    }
    out.completions_ms = completions_ms_;
    if (scenario_.bytes != UINT64_MAX) {
      out.goodput_mbit = 0;
      for (const double ms : completions_ms_)
        out.goodput_mbit += static_cast<double>(scenario_.bytes) * 8e-3 / ms /
                            static_cast<double>(completions_ms_.size());
      out.completions_ms.resize(scenario_.flows, scenario_.lasts.to_ms());
    }
    measure_sharing(out);
    if (box_) out.local_retransmissions = box_->witness().local_copies();
    out.queue_drops = data_link_.figures().queue_drops;
    out.random_losses = data_link_.figures().random_losses;
    const BitRate rate = scenario_.profile.data.rate;
    out.standing_queue_ms =
        rate.time_for(static_cast<std::int64_t>(data_link_.figures().standing_bytes)).to_ms();
    return out;
  }
  void measure_sharing(Outcome& out) {
    if (datagrams_) {
      out.datagram_p50_ms = datagrams_->delay_ms(0.5, datagrams_when_shared_);
      out.datagram_p99_ms = datagrams_->delay_ms(0.99, datagrams_when_shared_);
      out.datagrams_lost =
          1 - static_cast<double>(datagrams_->arrived()) / static_cast<double>(datagrams_->sent());
    }
    const double seconds = (loop_.now() - shared_since_).to_seconds();
    if (scenario_.bytes != UINT64_MAX || seconds <= 0) return;
    double sum = 0;
    double squares = 0;
    for (const auto& pair : pairs_) {
      const double mbit =
          static_cast<double>(pair->bytes() - pair->bytes_when_shared) * 8e-6 / seconds;
      out.shares_mbit.push_back(mbit);
      sum += mbit;
      squares += mbit * mbit;
    }
    const double count = static_cast<double>(out.shares_mbit.size());
    out.jain = squares > 0 ? sum * sum / (count * squares) : 0;
    const double capacity = scenario_.profile.data.rate.to_mbit() * kPayloadShare;
    if (capacity > 0) out.use = sum / capacity;
  }

  const Scenario& scenario_;
  Loop loop_;
  Rng rng_;
  Link data_link_;
  Link ack_link_;
  std::vector<std::unique_ptr<Pair>> pairs_;  ///< By client port.
  Pair* main_{nullptr};                       ///< The newest flow behind the box.
  std::unique_ptr<Datagrams> datagrams_;
  Instant shared_since_{};
  std::size_t datagrams_when_shared_{0};
  std::vector<double> completions_ms_;
  std::unique_ptr<Box> box_;
  std::uint64_t sampled_bytes_{0};
};

}  // namespace

Outcome run(const Scenario& scenario, const std::function<void(const Sample&)>& on_sample) {
  return World{scenario}.run(on_sample);
}

}  // namespace gimbal::sim
