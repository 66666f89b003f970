#pragma once

#include <cstdint>

#include "base/rng.h"
#include "impair/treatment.h"

namespace gimbal::impair {

/// Which packets the path loses. Takes the same number of draws for every packet of one kind of
/// loss, so the n-th packet's luck does not depend on the ones before it. What is off draws
/// nothing.
class LossProcess {
 public:
  explicit LossProcess(std::uint64_t seed) noexcept : luck_{seed} {}

  /// True when the next packet is lost.
  [[nodiscard]] bool take(const Loss& loss) noexcept {
    switch (loss.kind) {
      case LossKind::bernoulli:
        return loss.on() && luck_.chance(loss.probability);
      case LossKind::gilbert_elliott:
        // Gilbert 1960, Elliott 1963; p, r, 1-k, 1-h of netem's gemodel.
        bad_ = bad_ != luck_.chance(bad_ ? loss.to_good : loss.to_bad);
        return luck_.chance(bad_ ? loss.bad_loss : loss.good_loss);
      case LossKind::every_nth:
        if (++seen_ < loss.count) return false;
        seen_ = 0;
        return true;
      case LossKind::bursts: {
        const bool begins = luck_.chance(loss.probability);
        if (left_ == 0 && begins) left_ = loss.count;
        if (left_ == 0) return false;
        --left_;
        return true;
      }
    }
    return false;
  }

 private:
  Rng luck_;
  bool bad_{false};
  std::uint32_t seen_{0};
  std::uint32_t left_{0};
};

}  // namespace gimbal::impair
