// Which packets are lost, over a million each: shares, and the lengths of runs and of the gaps
// between them, against what the models' theory says.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <vector>

#include "impair/direction.h"
#include "run_models.h"
#include "support/catch.h"

namespace gimbal::impair {
namespace {

std::vector<bool> losses(const Loss& loss) {
  DirectionConfig config;
  config.loss = loss;
  std::vector<bool> out;
  run(config, kMany, [&](int, const Admission& fate) { out.push_back(!fate.carried()); });
  return out;
}

/// Lengths of the whole runs of lost packets, or of carried ones, in order.
std::vector<int> run_lengths(const std::vector<bool>& lost, bool of_lost) {
  std::vector<int> out;
  int length = 0;
  for (const bool one : lost) {
    if (one == of_lost) {
      ++length;
    } else if (length > 0) {
      out.push_back(length);
      length = 0;
    }
  }
  // The first run may have begun before the first packet.
  if (!out.empty()) out.erase(out.begin());
  return out;
}

double share(const std::vector<bool>& lost) {
  return static_cast<double>(std::count(lost.begin(), lost.end(), true)) /
         static_cast<double>(lost.size());
}

/// Whether lengths 1, 2, ... come as often as `tail(n)`, the share of at least n, says.
template <class Tail>
void check_lengths(const std::vector<int>& lengths, Tail tail) {
  std::map<int, double> seen;
  for (const int length : lengths) ++seen[length];
  const double total = static_cast<double>(lengths.size());
  std::vector<double> counted;
  std::vector<double> expected;
  double left = total;
  int length = 1;
  // Neighbouring lengths together until each class is expected at least 10 times.
  for (double in_class = 0, now = 0; total * tail(length) >= 20; ++length) {
    in_class += seen[length];
    now += total * (tail(length) - tail(length + 1));
    if (now < 10) continue;
    counted.push_back(in_class);
    expected.push_back(now);
    left -= in_class;
    in_class = now = 0;
  }
  double rest = total;
  for (const double e : expected) rest -= e;
  counted.push_back(left);
  expected.push_back(rest);
  REQUIRE(counted.size() >= 3);
  CHECK(chi_square(counted, expected) < chi_square_limit(static_cast<double>(counted.size() - 1)));
}

auto geometric(double go_on) {
  return [go_on](int length) { return std::pow(go_on, length - 1); };
}

Loss gilbert_elliott(double to_bad, double to_good, double good_loss = 0, double bad_loss = 1) {
  Loss loss;
  loss.kind = LossKind::gilbert_elliott;
  loss.to_bad = to_bad;
  loss.to_good = to_good;
  loss.good_loss = good_loss;
  loss.bad_loss = bad_loss;
  return loss;
}

/// Share of loss runs of Gilbert-Elliott of at least `length`: the hidden chain, step by step.
double hidden_tail(const Loss& loss, int length) {
  const double bad = loss.to_bad / (loss.to_bad + loss.to_good);
  using Pair = std::array<double, 2>;  // Good, bad.
  const auto move = [&](Pair p) {
    return Pair{p[0] * (1 - loss.to_bad) + p[1] * loss.to_good,
                p[0] * loss.to_bad + p[1] * (1 - loss.to_good)};
  };
  const auto lose = [&](Pair p) { return Pair{p[0] * loss.good_loss, p[1] * loss.bad_loss}; };
  Pair now{(1 - bad) * (1 - loss.good_loss), bad * (1 - loss.bad_loss)};  // One that is carried,
  now = lose(move(now));                                                  // then one that is not.
  const double begun = now[0] + now[1];
  for (int i = 1; i < length; ++i) now = lose(move(now));
  return (now[0] + now[1]) / begun;
}

}  // namespace

TEST_CASE("random loss comes in geometric runs and gaps", "[impair][loss]") {
  Loss loss;
  loss.probability = GENERATE(0.01, 0.2);
  const auto lost = losses(loss);
  const double p = loss.probability;
  CHECK(share(lost) == Approx(p).margin(3.3 * std::sqrt(p * (1 - p) / kMany)));
  check_lengths(run_lengths(lost, true), geometric(loss.probability));
  check_lengths(run_lengths(lost, false), geometric(1 - loss.probability));
}

TEST_CASE("Gilbert-Elliott loses geometric runs at its stationary rate", "[impair][loss]") {
  const auto lost = losses(gilbert_elliott(0.02, 0.25));
  // Runs make the count vary more than a binomial one: (1 + rho) / (1 - rho) with rho = 1 - p - r.
  CHECK(share(lost) == Approx(0.02 / 0.27).margin(4 * std::sqrt(0.074 * 0.926 * 6.4 / kMany)));
  check_lengths(run_lengths(lost, true), geometric(0.75));
  check_lengths(run_lengths(lost, false), geometric(0.98));
}

TEST_CASE("Gilbert-Elliott with loss in both states follows its hidden chain", "[impair][loss]") {
  const Loss loss = gilbert_elliott(0.1, 0.3, 0.01, 0.6);
  const auto lost = losses(loss);
  CHECK(share(lost) == Approx(0.75 * 0.01 + 0.25 * 0.6).epsilon(0.02));
  const auto all = run_lengths(lost, true);
  // Neighbouring runs know of each other by the state they share; every fourth hardly.
  std::vector<int> apart;
  for (std::size_t i = 0; i < all.size(); i += 4) apart.push_back(all[i]);
  check_lengths(apart, [&](int length) { return hidden_tail(loss, length); });
}

TEST_CASE("the test of runs would notice a chain that is a tenth off", "[impair][loss]") {
  const auto lengths = run_lengths(losses(gilbert_elliott(0.02, 0.25)), true);
  std::vector<double> counted(2);
  for (const int length : lengths) ++counted[length > 2];
  const double total = static_cast<double>(lengths.size());
  const double off = total * 0.775 * 0.775;
  CHECK(chi_square(counted, {total - off, off}) > chi_square_limit(1));
}

TEST_CASE("every Nth packet is lost exactly", "[impair][loss]") {
  Loss nth;
  nth.kind = LossKind::every_nth;
  nth.count = 7;
  const auto lost = losses(nth);
  for (std::size_t i = 0; i < lost.size(); ++i) REQUIRE(lost[i] == (i % 7 == 6));
}

TEST_CASE("bursts lose their whole length, the next may begin at once", "[impair][loss]") {
  Loss bursts;
  bursts.kind = LossKind::bursts;
  bursts.probability = 0.05;
  bursts.count = 4;
  const auto lost = losses(bursts);
  std::vector<int> together;
  for (const int length : run_lengths(lost, true)) {
    REQUIRE(length % 4 == 0);
    together.push_back(length / 4);
  }
  check_lengths(together, geometric(0.05));
  check_lengths(run_lengths(lost, false), geometric(0.95));
}

}  // namespace gimbal::impair
