// Who overtakes whom, over a million packets that went through the whole core.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "impair/emulator_core.h"
#include "run_models.h"
#include "support/catch.h"

namespace gimbal::impair {
namespace {

/// One packet each `kGap`, numbered by its handle; remembers in which order they left.
class Stream {
 public:
  explicit Stream(std::size_t packets) : wanted_{packets} { left_.reserve(packets); }

  std::size_t receive(PortId port, std::span<Packet> out) noexcept {
    if (port != PortId::lan || sent_ == wanted_ || !due_) return 0;
    due_ = false;
    out[0] = Packet{nullptr, number_of(sent_++), 100, port};
    return 1;
  }
  std::size_t transmit(PortId, std::span<const Packet> in) noexcept {
    for (const Packet& packet : in)
      left_.push_back(reinterpret_cast<std::uintptr_t>(packet.handle));
    return in.size();
  }
  void retain(const Packet&) noexcept {}
  void release(const Packet&) noexcept {}
  std::optional<Packet> allocate(std::uint32_t) noexcept { return std::nullopt; }

  void arrive() { due_ = true; }
  [[nodiscard]] const std::vector<std::size_t>& left() const { return left_; }

 private:
  static void* number_of(std::size_t number) { return reinterpret_cast<void*>(number); }

  std::size_t wanted_;
  std::size_t sent_{0};
  bool due_{false};
  std::vector<std::size_t> left_;
};
static_assert(PacketIo<Stream>);

/// The numbers of the packets in the order in which they left, jitter 50 ms from zero delay.
std::vector<std::size_t> departures(const Jitter& jitter) {
  EmulatorSettings settings;
  settings.a_to_b.delay = Nanos::millis(50);
  settings.a_to_b.jitter = jitter;
  Stream io{kMany};
  EmulatorCore<Stream> core{io, settings, Instant{}, nullptr};
  Instant now;
  for (int i = 0; i < kMany; ++i, now = now + kGap) {
    while (core.next_due() < now) core.transmit(core.next_due());
    io.arrive();
    core.receive(now);
  }
  while (core.held() > 0) core.transmit(core.next_due());
  return io.left();
}

/// RFC 4737 4.2: for each packet, in order of sending, its reordering extent (0: in order): the
/// distance in arrivals to the earliest packet with a larger number.
std::vector<int> extents(const std::vector<std::size_t>& left) {
  std::vector<int> out(left.size());
  std::vector<std::size_t> highest;  // Places at which a new largest number arrived.
  for (std::size_t place = 0; place < left.size(); ++place) {
    if (highest.empty() || left[place] > left[highest.back()]) {
      highest.push_back(place);
      continue;
    }
    const auto first = std::partition_point(highest.begin(), highest.end(),
                                            [&](std::size_t at) { return left[at] < left[place]; });
    out[left[place]] = static_cast<int>(place - *first);
  }
  return out;
}

/// The same stream made by the standard library's generator: arrivals sorted, nothing of ours.
template <class Draw>
std::vector<std::size_t> foreign_departures(Draw draw) {
  std::mt19937_64 luck{99};
  std::vector<std::pair<double, std::size_t>> arrivals(kMany);
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    arrivals[i] = {static_cast<double>(i) * kGap.to_ms() + draw(luck), i};
  }
  std::stable_sort(arrivals.begin(), arrivals.end());
  std::vector<std::size_t> out;
  for (const auto& arrival : arrivals) out.push_back(arrival.second);
  return out;
}

/// Two samples of counts are of one distribution; classes of few are joined.
void check_alike(const std::vector<int>& ours, const std::vector<int>& theirs, std::size_t every) {
  const auto count = [every](const std::vector<int>& all) {
    std::vector<double> counts(200);
    for (std::size_t i = 0; i < all.size(); i += every) {
      ++counts[std::min<std::size_t>(static_cast<std::size_t>(all[i]), counts.size() - 1)];
    }
    return counts;
  };
  const auto a = count(ours);
  const auto b = count(theirs);
  double statistic = 0;
  double classes = 0;
  double in_a = 0;
  double in_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    in_a += a[i];
    in_b += b[i];
    if (in_a + in_b < 20 && i + 1 < a.size()) continue;
    if (in_a + in_b > 0) {
      statistic += (in_a - in_b) * (in_a - in_b) / (in_a + in_b);
      ++classes;
    }
    in_a = in_b = 0;
  }
  REQUIRE(classes >= 10);
  CHECK(statistic < chi_square_limit(classes - 1));
}

}  // namespace

TEST_CASE("as many packets are overtaken as the distribution of their delays says",
          "[impair][order]") {
  // Packet n is overtaken by n + k when their delays differ by more than k gaps. For delays of
  // distribution F the share that nobody overtakes is the mean over d of the product over k of
  // 1 - F(d - k gaps): here by the midpoint rule, jitter uniform over 2 ms, that is 20 gaps.
  constexpr int kSteps = 20'000;
  const double gap = kGap.to_ms() / 2;
  double spared = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double d = (i + 0.5) / kSteps;
    double product = 1;
    for (int k = 1; d - k * gap > 0; ++k) product *= 1 - (d - k * gap);
    spared += product / kSteps;
  }
  const auto reach =
      extents(departures(Jitter{JitterKind::uniform, Nanos::millis(1), 3.0, Order::reorder}));
  double overtaken = 0;
  double looked_at = 0;
  // Each 21st: the delays that decide about one do not decide about the next.
  for (std::size_t i = 0; i < reach.size(); i += 21, ++looked_at) overtaken += reach[i] > 0;
  CHECK(overtaken / looked_at ==
        Approx(1 - spared).margin(3.3 * std::sqrt(spared * (1 - spared) / looked_at)));
}

TEST_CASE("reordering reaches as far as in a stream sorted by another generator's delays",
          "[impair][order]") {
  const auto normal =
      extents(departures(Jitter{JitterKind::normal, Nanos::millis(1), 3.0, Order::reorder}));
  std::normal_distribution<double> bell{0, 1};
  check_alike(normal, extents(foreign_departures(bell)), 60);
  std::exponential_distribution<double> decay{2};
  const auto exponential =
      extents(departures(Jitter{JitterKind::exponential, Nanos::micros(500), 3.0, Order::reorder}));
  check_alike(exponential, extents(foreign_departures(decay)), 60);
}

TEST_CASE("what keeps its order overtakes nothing in a million packets", "[impair][order]") {
  const auto left =
      departures(Jitter{JitterKind::pareto_normal, Nanos::millis(2), 3.0, Order::fifo, 0.5});
  CHECK(left.size() == kMany);
  CHECK(std::is_sorted(left.begin(), left.end()));
}

}  // namespace gimbal::impair
