#include "sim/scenario.h"

#include <algorithm>
#include <memory>

#include "base/rng.h"
#include "sim/link.h"
#include "sim/receiver.h"
#include "sim/sender.h"

namespace gimbal::sim {

namespace {

constexpr std::uint16_t kServerPort = 5201;
constexpr std::uint16_t kFirstClientPort = 40'000;

/// A sender and its receiver, and what the run wants to know of them.
struct Pair {
  Pair(Loop& loop, Algorithm algorithm, std::uint16_t client_port, Rng& rng, Sink data, Sink acks) {
    const Endpoint server{IpAddress::v4(10, 0, 1, 1), kServerPort};
    const Endpoint client{IpAddress::v4(10, 0, 2, 1), client_port};
    SenderConfig from;
    from.local = server;
    from.remote = client;
    from.algorithm = algorithm;
    from.initial_seq = Seq32{static_cast<std::uint32_t>(rng.next())};
    ReceiverConfig to;
    to.local = client;
    to.remote = server;
    to.initial_seq = Seq32{static_cast<std::uint32_t>(rng.next())};
    sender = std::make_unique<Sender>(loop, from, std::move(data));
    receiver = std::make_unique<Receiver>(loop, to, std::move(acks));
    sender->on_rtt = [this](Nanos rtt) { rtts.push_back(rtt); };
  }

  [[nodiscard]] bool finished() const { return sender->finished() && receiver->finished(); }
  [[nodiscard]] double median_rtt_ms() {
    if (rtts.empty()) return 0;
    const auto middle = rtts.begin() + static_cast<std::ptrdiff_t>(rtts.size() / 2);
    std::nth_element(rtts.begin(), middle, rtts.end());
    return middle->to_ms();
  }

  std::unique_ptr<Sender> sender;
  std::unique_ptr<Receiver> receiver;
  std::vector<Nanos> rtts;
};

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
                  [this](Frame f) { from_ack_link(std::move(f)); }},
        main_{loop_,
              scenario.algorithm,
              kFirstClientPort,
              rng_,
              [this](Frame f) { from_sender(std::move(f)); },
              [this](Frame f) { from_receiver(std::move(f)); }} {
    if (scenario.box != BoxKind::off)
      box_ = std::make_unique<Box>(
          loop_, scenario.box,
          [this](Frame f) { up() ? to_receiver(std::move(f)) : to_sender(std::move(f)); },
          [this](Frame f) { up() ? ack_link_.send(std::move(f)) : data_link_.send(std::move(f)); },
          BoxOptions{.actuators = scenario.actuators,
                     .data_from = up() ? PortId::wan : PortId::lan,
                     .limits = scenario.limits});
    loop_.at(Instant{}, [this] { main_.receiver->connect(); });
    if (scenario.bystander) add_bystander(*scenario.bystander);
  }

  Outcome run(const std::function<void(const Sample&)>& on_sample) {
    if (on_sample) take_samples(on_sample);
    const Instant end = Instant{} + scenario_.lasts;
    loop_.run_until(end);
    Outcome out = measure();
    main_.sender->close();
    if (other_) other_->sender->close();
    // Time to drain a full buffer over a slow path; a flow that cannot is left as it stands.
    for (int i = 0; i < 50 && !main_.finished(); ++i)
      loop_.run_until(loop_.now() + Nanos::millis(100));
    if (box_) {
      box_->stop();
      out.violations = box_->witness().violations();
      out.sentences = box_->witness().sentences();
    }
    out.damaged =
        main_.receiver->figures().damaged || (other_ && other_->receiver->figures().damaged);
    return out;
  }

 private:
  void add_bystander(const Bystander& bystander) {
    other_ = std::make_unique<Pair>(
        loop_, bystander.algorithm, kFirstClientPort + 1, rng_,
        [this](Frame f) { data_link_.send(std::move(f)); },
        [this](Frame f) { ack_link_.send(std::move(f)); });
    loop_.at(Instant{} + bystander.starts, [this] { other_->receiver->connect(); });
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
    if (const auto segment = decode(frame)) main_.sender->hear(*segment);
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
    const auto segment = decode(frame);
    if (!up() || !segment || pair_of(segment->destination.port) != &main_) return hear_data(frame);
    if (scenario_.tap) scenario_.tap(PortId::wan, frame, loop_.now());
    if (box_)
      box_->arrive(PortId::wan, std::move(frame));
    else
      to_receiver(std::move(frame));
  }
  void from_ack_link(Frame frame) {
    const auto segment = decode(frame);
    if (!segment) return;
    if (pair_of(segment->source.port) == other_.get() && other_)
      return other_->sender->hear(*segment);
    if (up()) return hear_ack(frame);
    if (scenario_.tap) scenario_.tap(PortId::wan, frame, loop_.now());
    if (box_)
      box_->arrive(PortId::wan, std::move(frame));
    else
      to_sender(std::move(frame));
  }
  Pair* pair_of(std::uint16_t client_port) {
    return client_port == kFirstClientPort ? &main_ : other_.get();
  }

  void take_samples(const std::function<void(const Sample&)>& on_sample) {
    loop_.after(Nanos::millis(10), [this, &on_sample] {
      Sample sample;
      sample.at = loop_.now();
      sample.window = main_.sender->congestion().window();
      sample.srtt = main_.sender->rtt().smoothed();
      sample.in_flight = main_.sender->in_flight();
      sample.peer_window = main_.sender->peer_window();
      const std::uint64_t bytes = main_.receiver->figures().bytes;
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
    const double seconds = scenario_.lasts.to_seconds();
    Outcome out;
    out.goodput_mbit = static_cast<double>(main_.receiver->figures().bytes) * 8e-6 / seconds;
    if (other_) {
      const double theirs = (scenario_.lasts - scenario_.bystander->starts).to_seconds();
      out.bystander_mbit = static_cast<double>(other_->receiver->figures().bytes) * 8e-6 / theirs;
    }
    out.rtt_p50_ms = main_.median_rtt_ms();
    out.sender_retransmissions = main_.sender->figures().retransmissions;
    out.sender_timeouts = main_.sender->figures().timeouts;
    out.undos = main_.sender->figures().undos;
    if (box_) out.local_retransmissions = box_->witness().local_copies();
    out.queue_drops = data_link_.figures().queue_drops;
    out.random_losses = data_link_.figures().random_losses;
    const BitRate rate = scenario_.profile.data.rate;
    out.standing_queue_ms =
        rate.time_for(static_cast<std::int64_t>(data_link_.figures().standing_bytes)).to_ms();
    return out;
  }

  const Scenario& scenario_;
  Loop loop_;
  Rng rng_;
  Link data_link_;
  Link ack_link_;
  Pair main_;
  std::unique_ptr<Pair> other_;
  std::unique_ptr<Box> box_;
  std::uint64_t sampled_bytes_{0};
};

}  // namespace

Outcome run(const Scenario& scenario, const std::function<void(const Sample&)>& on_sample) {
  return World{scenario}.run(on_sample);
}

}  // namespace gimbal::sim
