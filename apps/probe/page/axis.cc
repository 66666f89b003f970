#include "probe/page/axis.h"

#include <algorithm>
#include <cmath>

#include "probe/page/text.h"

namespace gimbal::probe::page {
namespace {

/// Shares nearer to 1 than any run resolves.
constexpr double kNearestToOne = 1e-9;

/// 1, 2 or 5 times a power of ten, so that at most `most` of them make `span`.
double round_step(double span, double most) {
  const double scale = std::pow(10.0, std::floor(std::log10(span)));
  for (const double factor : {0.1, 0.2, 0.5, 1.0, 2.0})
    if (span / (factor * scale) <= most) return factor * scale;
  return scale;
}

}  // namespace

Axis::Axis(Scale scale, double low, double high) : scale_{scale} {
  if (scale == Scale::linear) mark_linear(low, high > low ? high : low + 1);
  if (scale == Scale::logarithmic) {
    const double least = low > 0 ? low : 1e-3;
    mark_logarithmic(least, std::max(high, least * 1.01));
  }
  if (scale == Scale::nines) mark_nines(high);
}

double Axis::along(double value) const noexcept {
  switch (scale_) {
    case Scale::linear:
      return value;
    case Scale::logarithmic:
      return value > 0 ? std::log10(value) : first_;
    case Scale::nines:
      return -std::log10(std::max(1 - value, kNearestToOne));
  }
  return value;
}

double Axis::place(double value) const noexcept {
  return std::clamp((along(value) - first_) / (last_ - first_), 0.0, 1.0);
}

void Axis::mark_linear(double low, double high) {
  const double step = round_step(high - low, 5.5);
  first_ = std::floor(low / step + 1e-9) * step;
  last_ = std::ceil(high / step - 1e-9) * step;
  const auto count = static_cast<int>(std::lround((last_ - first_) / step));
  for (int i = 0; i <= count; ++i) {
    const double value = first_ + i * step;
    ticks_.push_back({place(value), number(std::fabs(value) < step * 1e-6 ? 0 : value)});
  }
}

void Axis::mark_logarithmic(double low, double high) {
  const std::vector<double> steps{1, 2, 5};
  std::vector<double> marks;
  for (double decade = std::pow(10.0, std::floor(std::log10(low))); decade <= high * 10;
       decade *= 10)
    for (const double step : steps) marks.push_back(decade * step);
  const auto begin = std::upper_bound(marks.begin(), marks.end(), low * 1.0001) - 1;
  const auto end = std::lower_bound(marks.begin(), marks.end(), high * 0.9999);
  first_ = std::log10(*begin);
  last_ = std::log10(*end);
  const bool decades_only = last_ - first_ > 2.5;
  for (auto mark = begin; mark <= end; ++mark) {
    const double exponent = std::log10(*mark);
    const bool decade = std::fabs(exponent - std::round(exponent)) < 1e-6;
    if (decade || !decades_only || mark == end)
      if (ticks_.empty() || place(*mark) - ticks_.back().place > 0.04)
        ticks_.push_back({place(*mark), number(*mark)});
  }
}

void Axis::mark_nines(double high) {
  last_ = std::clamp(along(high), 1.0, 7.0);
  for (int nines = 0; nines <= last_ + 1e-9; ++nines) {
    const double share = 1 - std::pow(10.0, -nines);
    std::string label = "0";
    if (nines > 0) label = nines == 1 ? "90" : "99";
    if (nines > 2) label += "." + std::string(static_cast<std::size_t>(nines - 2), '9');
    ticks_.push_back({place(share), label});
  }
  // The middle of the first, widest stretch.
  ticks_.insert(ticks_.begin() + 1, {place(0.5), "50"});
}

}  // namespace gimbal::probe::page
