#include "policy/policy.h"

#include <algorithm>

namespace gimbal {

namespace {

bool in_prefix(const IpAddress& address, const IpAddress& prefix, unsigned bits) noexcept {
  const unsigned whole = bits / 8;
  for (unsigned i = 0; i < whole; ++i)
    if (address.bytes[i] != prefix.bytes[i]) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = (0xff00U >> (bits % 8)) & 0xffU;
  return ((address.bytes[whole] ^ prefix.bytes[whole]) & mask) == 0;
}

/// Prefix and port must hold for the same end: `10/8 port 443` is a server in 10/8.
bool matches(const PolicyRule& rule, const Endpoint& end) noexcept {
  return in_prefix(end.address, rule.prefix, rule.prefix_bits) &&
         (rule.port == 0 || rule.port == end.port);
}

}  // namespace

std::string_view to_string(Mode mode) noexcept {
  switch (mode) {
    case Mode::bypass:
      return "bypass";
    case Mode::observe:
      return "observe";
    case Mode::repair:
      return "auto";
  }
  return "?";
}

std::string_view to_string(Custody custody) noexcept {
  switch (custody) {
    case Custody::never:
      return "never";
    case Custody::when_unsteady:
      return "when-unsteady";
    case Custody::always:
      return "always";
  }
  return "?";
}

Treatment Policy::treatment_for(const Endpoint& a, const Endpoint& b) const noexcept {
  Treatment chosen = fallback;
  for (std::size_t i = 0; i < rule_count; ++i) {
    if (!matches(rules[i], a) && !matches(rules[i], b)) continue;
    chosen = Treatment{rules[i].mode, rules[i].custody, fallback.actuators};
    break;
  }
  chosen.mode = std::min(chosen.mode, ceiling);
  return chosen;
}

}  // namespace gimbal
