#include "impair/jitter_process.h"

#include <algorithm>
#include <cmath>

#include "impair/delay_table.h"

namespace gimbal::impair {
namespace {

// A Pareto draw has no upper bound; past an hour it would only overflow the arithmetic.
constexpr double kLongest = 3600e9;

double from_table(const DelayTable& table, double u) noexcept {
  const double size = static_cast<double>(table.values.size());
  const double at = std::clamp(u * size, 0.0, size - 1.0);
  return table.values[static_cast<std::size_t>(at)];
}

/// netem's table (iproute2, netem/pareto.c, paretonormal.c): Pareto of index 3 less its mean 3/2,
/// times 4/3, of which no value beyond four times the scale fits the table's 16 bits.
double pareto_normal(double normal, double upper_tail) noexcept {
  const double pareto = 4.0 / 3.0 * (std::pow(upper_tail, -1.0 / 3.0) - 1.5);
  return std::min(0.25 * normal + 0.75 * std::min(pareto, 4.0), 4.0);
}

/// P(N > normal), without loss of digits far out.
double upper_tail(double normal) noexcept { return 0.5 * std::erfc(normal / std::sqrt(2.0)); }

double independent(const Jitter& jitter, Rng& luck) noexcept {
  switch (jitter.kind) {
    case JitterKind::none:
      break;
    case JitterKind::uniform:
      return 2.0 * luck.uniform() - 1.0;
    case JitterKind::normal:
      return luck.normal();
    case JitterKind::exponential:
      return luck.exponential(1.0);
    case JitterKind::pareto:
      return std::pow(luck.positive(), -1.0 / jitter.shape);
    case JitterKind::pareto_normal: {
      const double normal = luck.normal();
      return pareto_normal(normal, upper_tail(normal));
    }
    case JitterKind::table:
      return from_table(*jitter.table, luck.uniform());
  }
  return 0.0;
}

/// The value of the distribution at the quantile at which `normal` stands in the normal one.
double at_quantile_of(const Jitter& jitter, double normal) noexcept {
  const double tail = upper_tail(normal);
  switch (jitter.kind) {
    case JitterKind::none:
      break;
    case JitterKind::uniform:
      return 1.0 - 2.0 * tail;
    case JitterKind::normal:
      return normal;
    case JitterKind::exponential:
      return -std::log(tail);
    case JitterKind::pareto:
      return std::pow(tail, -1.0 / jitter.shape);
    case JitterKind::pareto_normal:
      return pareto_normal(normal, tail);
    case JitterKind::table:
      return from_table(*jitter.table, 1.0 - tail);
  }
  return 0.0;
}

}  // namespace

Nanos JitterProcess::draw(const Jitter& jitter) noexcept {
  if (jitter.kind == JitterKind::none) return Nanos{};
  double unit = 0.0;
  if (jitter.correlation > 0.0) {
    const double fresh = luck_.normal();
    const double rho = started_ ? jitter.correlation : 0.0;
    last_normal_ = rho * last_normal_ + std::sqrt(1.0 - rho * rho) * fresh;
    started_ = true;
    unit = at_quantile_of(jitter, last_normal_);
  } else {
    unit = independent(jitter, luck_);
  }
  const double drawn = unit * static_cast<double>(jitter.scale.count());
  return Nanos{static_cast<std::int64_t>(std::clamp(drawn, -kLongest, kLongest))};
}

}  // namespace gimbal::impair
