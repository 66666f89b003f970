#include "sim/named_limits.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <type_traits>
#include <variant>

namespace gimbal::sim {

namespace {

template <class T>
using Member = T RepairLimits::*;

struct Named {
  std::string_view name;
  std::variant<Member<Nanos>, Member<std::uint8_t>, Member<std::int64_t>, Member<double>> member;
};

constexpr std::array kAll{
    Named{"hold_cap", &RepairLimits::hold_cap},
    Named{"tries", &RepairLimits::tries},
    Named{"probe_slack", &RepairLimits::probe_slack},
    Named{"ack_delay", &RepairLimits::ack_delay},
    Named{"thin_gap", &RepairLimits::thin_gap},
    Named{"thin_per_rtt", &RepairLimits::thin_per_rtt},
    Named{"sender_rto_min", &RepairLimits::sender_rto_min},
    Named{"quiet_rounds", &RepairLimits::quiet_rounds},
    Named{"boosted_segments", &RepairLimits::boosted_segments},
    Named{"caution", &RepairLimits::caution},
    Named{"enough_strays", &RepairLimits::enough_strays},
    Named{"expose_ahead", &RepairLimits::expose_ahead},
    Named{"queue_span", &RepairLimits::queue_span},
    Named{"steady_jitter", &RepairLimits::steady_jitter},
    Named{"start_jitter", &RepairLimits::start_jitter},
    Named{"over_peak", &RepairLimits::over_peak},
    Named{"crowd_caution", &RepairLimits::crowd_caution},
    Named{"crowd_keeps", &RepairLimits::crowd_keeps},
    Named{"thin_per_calm_rtt", &RepairLimits::thin_per_calm_rtt},
    Named{"long_rtt", &RepairLimits::long_rtt},
};

/// The number a text begins with; what follows it is left in `text`.
bool take_number(std::string_view& text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value >= 0;
}

bool read(std::string_view text, Nanos& out) {
  double value = 0;
  if (!take_number(text, value)) return false;
  const double ms = text == "us" ? 1e-3 : text == "ms" ? 1 : text == "s" ? 1e3 : -1;
  if (ms < 0 || value * ms > 3.6e6) return false;
  out = Nanos::from_ms(value * ms);
  return true;
}

bool read(std::string_view text, double& out) {
  double value = 0;
  if (!take_number(text, value) || !text.empty()) return false;
  out = value;
  return true;
}

template <class T>
bool read(std::string_view text, T& out) {
  static_assert(std::is_integral_v<T>);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  out = value;
  return true;
}

std::string shown(Nanos value) {
  char text[32];
  std::snprintf(text, sizeof text, "%gms", value.to_ms());
  return text;
}
std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}
template <class T>
std::string shown(T value) {
  return std::to_string(static_cast<long long>(value));
}

}  // namespace

std::string set_limit(RepairLimits& limits, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string_view name = assignment.substr(0, equals);
  for (const Named& named : kAll) {
    if (named.name != name) continue;
    if (equals == std::string_view::npos) return std::string{name} + " needs a value: name=value";
    const std::string_view text = assignment.substr(equals + 1);
    const bool good =
        std::visit([&](auto member) { return read(text, limits.*member); }, named.member);
    if (good) return {};
    return std::string{name} + ": '" + std::string{text} + "' does not fit; it is now " +
           std::visit([&](auto member) { return shown(limits.*member); }, named.member);
  }
  return "no constant is called '" + std::string{name} + "'; there are\n" + print_limits(limits);
}

std::string print_limits(const RepairLimits& limits) {
  std::string text;
  for (const Named& named : kAll)
    text += std::string{named.name} + "=" +
            std::visit([&](auto member) { return shown(limits.*member); }, named.member) + "\n";
  return text;
}

}  // namespace gimbal::sim
