#include "probe/size_model.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace gimbal::probe {
namespace {

/// The standard normal's 99th percentile.
constexpr double kNormal99 = 2.3263478740408408;

std::optional<double> parse_bytes(const std::string& text) {
  char* end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  const std::string suffix{end};
  if (suffix == "k") value *= 1e3;
  if (suffix == "M") value *= 1e6;
  const bool known = suffix.empty() || suffix == "k" || suffix == "M";
  if (end == text.c_str() || !known || !(value >= 0) ||
      value > static_cast<double>(SizeModel::kMax))
    return std::nullopt;
  return std::floor(value);
}

}  // namespace

Result<SizeModel> SizeModel::parse(const std::string& text) {
  const Error malformed{text,
                        "not a size; write BYTES, uniform:LOW-HIGH, exponential:MEAN or "
                        "lognormal:MEDIAN,P99, as in lognormal:1530,196k"};
  SizeModel model;
  model.text_ = text;
  const std::size_t colon = text.find(':');
  const std::string kind = colon == std::string::npos ? "" : text.substr(0, colon);
  const std::string rest = colon == std::string::npos ? text : text.substr(colon + 1);
  model.kind_ = kind == "uniform"       ? Kind::uniform
                : kind == "exponential" ? Kind::exponential
                : kind == "lognormal"   ? Kind::lognormal
                                        : Kind::fixed;
  if (model.kind_ == Kind::fixed && !kind.empty()) return malformed;
  const bool pair = model.kind_ == Kind::uniform || model.kind_ == Kind::lognormal;
  const std::size_t cut = pair ? rest.find(model.kind_ == Kind::uniform ? '-' : ',') : rest.size();
  if (cut == std::string::npos) return malformed;
  const auto a = parse_bytes(rest.substr(0, cut));
  const auto b = pair ? parse_bytes(rest.substr(cut + 1)) : a;
  if (!a || !b || *b < *a || (model.kind_ != Kind::fixed && *a < 1)) return malformed;
  model.a_ = *a;
  model.b_ = *b;
  return model;
}

std::uint64_t SizeModel::draw(Rng& rng) const noexcept {
  if (kind_ == Kind::fixed) return static_cast<std::uint64_t>(a_);
  double size = a_;
  if (kind_ == Kind::uniform) size = std::floor(a_ + rng.uniform() * (b_ - a_ + 1));
  if (kind_ == Kind::exponential) size = rng.exponential(a_);
  if (kind_ == Kind::lognormal) size = a_ * std::exp(rng.normal() * std::log(b_ / a_) / kNormal99);
  return static_cast<std::uint64_t>(
      std::clamp(size, 1.0, std::max(static_cast<double>(kMaxDrawn), b_)));
}

}  // namespace gimbal::probe
