#include "jitter/path_prior.h"

#include "support/catch.h"

namespace gimbal {
namespace {

PathPrior seen(std::int64_t base_ms, std::int64_t window_ms = 0, double loss = 0) {
  PathPrior out;
  out.base = Nanos::millis(base_ms);
  out.reorder_window = Nanos::millis(window_ms);
  out.loss_ratio = loss;
  out.rate = BitRate::from_mbit(50);
  out.verdict = loss > 0 ? Verdict::random_loss : Verdict::clean;
  return out;
}

TEST_CASE("a prior nobody wrote to is not known, at any time", "[prior]") {
  CHECK_FALSE(PathPrior{}.known());
  CHECK_FALSE(PathPrior{}.at(Instant{} + Nanos::seconds(1)).known());
}

TEST_CASE("the first report is taken whole", "[prior]") {
  PathPrior prior;
  prior.fold(seen(40, 12, 0.01), Instant{});
  CHECK(prior.known());
  CHECK(prior.base == Nanos::millis(40));
  CHECK(prior.reorder_window == Nanos::millis(12));
  CHECK(prior.loss_ratio == Approx(0.01));
  CHECK(prior.verdict == Verdict::random_loss);
}

TEST_CASE("a shorter base is taken at once, a longer one only by and by", "[prior]") {
  PathPrior prior;
  for (int i = 0; i < 4; ++i) prior.fold(seen(40), Instant{});
  prior.fold(seen(30), Instant{});
  CHECK(prior.base == Nanos::millis(30));
  prior.fold(seen(60), Instant{});
  CHECK(prior.base > Nanos::millis(30));
  CHECK(prior.base < Nanos::millis(40));
  for (int i = 0; i < 40; ++i) prior.fold(seen(60), Instant{});
  CHECK(prior.base > Nanos::millis(58));
}

TEST_CASE("what is not told again is forgotten within minutes", "[prior]") {
  PathPrior prior;
  prior.fold(seen(40), Instant{});
  CHECK(prior.at(Instant{} + Nanos::seconds(180)).known());
  CHECK_FALSE(prior.at(Instant{} + Nanos::seconds(260)).known());
  for (int i = 0; i < 8; ++i) prior.fold(seen(40), Instant{});
  CHECK(prior.at(Instant{} + Nanos::seconds(400)).known());
  CHECK_FALSE(prior.at(Instant{} + Nanos::seconds(440)).known());
}

TEST_CASE("an old belief weighs little against a fresh report", "[prior]") {
  PathPrior old;
  PathPrior fresh;
  old.fold(seen(40, 20), Instant{});
  fresh.fold(seen(40, 20), Instant{});
  old.fold(seen(40, 4), Instant{} + Nanos::seconds(120));
  fresh.fold(seen(40, 4), Instant{} + Nanos::seconds(1));
  CHECK(old.reorder_window < fresh.reorder_window);
  CHECK(old.reorder_window < Nanos::millis(8));
}

TEST_CASE("congestion and outages are not passed on", "[prior]") {
  PathPrior prior;
  PathPrior report = seen(40, 5);
  report.verdict = Verdict::jitter_reorder;
  prior.fold(report, Instant{});
  for (const Verdict passing :
       {Verdict::congested, Verdict::congested_unsteady, Verdict::outage, Verdict::unknown}) {
    report.verdict = passing;
    prior.fold(report, Instant{});
    CHECK(prior.verdict == Verdict::jitter_reorder);
  }
}

}  // namespace
}  // namespace gimbal
