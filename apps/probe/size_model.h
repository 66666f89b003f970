#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/rng.h"

namespace gimbal::probe {

/// How large messages are: always the same, or drawn from a distribution.
class SizeModel {
 public:
  /// Nothing drawn is larger: gRPC refuses messages above 4 MiB unless told otherwise.
  static constexpr std::uint64_t kMaxDrawn = 4 * 1024 * 1024;
  /// What the length of a gRPC message can say.
  static constexpr std::uint64_t kMax = (std::uint64_t{1} << 32) - 1;

  /// "4000" | "uniform:LOW-HIGH" | "exponential:MEAN" | "lognormal:MEDIAN,P99". Suffixes k and M
  /// are 1000 and 1,000,000. Fails with the forms there are.
  static Result<SizeModel> parse(const std::string& text);

  /// At least 1, but for a fixed size of 0.
  [[nodiscard]] std::uint64_t draw(Rng& rng) const noexcept;
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  enum class Kind : std::uint8_t { fixed, uniform, exponential, lognormal };
  Kind kind_{Kind::fixed};
  double a_{0};  ///< Fixed size, low, mean, median.
  double b_{0};  ///< High, P99.
  std::string text_{"0"};
};

}  // namespace gimbal::probe
