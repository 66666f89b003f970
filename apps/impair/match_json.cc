#include <algorithm>
#include <array>

#include "config/address_text.h"
#include "model_json.h"

namespace gimbal::impair {
namespace {

struct Named {
  std::string_view name;
  std::uint8_t number;
};
constexpr std::array<Named, 5> kProtocols{
    {{"icmp", 1}, {"tcp", 6}, {"udp", 17}, {"gre", 47}, {"icmpv6", 58}}};

std::uint8_t read_protocol(const JsonReader& in) {
  if (!in.raw().is_string()) return in.integer<std::uint8_t>(0, 255);
  for (const Named& known : kProtocols) {
    if (in.raw() == known.name) return known.number;
  }
  in.fail_value("must be 'tcp', 'udp', 'icmp', 'icmpv6', 'gre' or a number, 0 to 255");
  return 0;
}

void read_prefix(const JsonReader& in, TrafficMatch& match) {
  const auto prefix = parse_prefix_match(in.text(1, 64));
  if (!prefix) return in.fail_value(prefix.error().what);
  match = prefix.value();
}

}  // namespace

Result<TrafficMatch> parse_prefix_match(std::string_view text) {
  const auto prefix = parse_ip_prefix(text);
  if (!prefix) return prefix.error();
  const auto& [address, bits] = prefix.value();
  TrafficMatch match;
  constexpr std::uint8_t kMapped = 96;
  const bool v4 = address.is_v4() && bits >= kMapped;
  match.ip_version = v4 ? 4 : 6;
  match.prefix_bits = static_cast<std::uint8_t>(v4 ? bits - kMapped : bits);
  std::transform(address.bytes.begin() + (v4 ? 12 : 0), address.bytes.end(), match.prefix.begin(),
                 [](std::uint8_t byte) { return std::byte{byte}; });
  return match;
}

TrafficMatch read_match(const JsonReader& in) {
  in.allow_only({"prefix", "port", "protocol", "dscp", "vlan", "teid", "vni"});
  TrafficMatch match;
  if (in.raw().is_object() && in.raw().empty()) {
    in.fail("must name something; what is in no class stands in the direction itself");
  }
  if (const auto prefix = in.find("prefix")) read_prefix(*prefix, match);
  if (const auto port = in.find("port")) match.port = port->integer<std::uint16_t>(1, 65535);
  if (const auto protocol = in.find("protocol")) match.protocol = read_protocol(*protocol);
  if (const auto dscp = in.find("dscp")) match.dscp = dscp->integer<std::uint8_t>(0, 63);
  if (const auto vlan = in.find("vlan")) match.vlan = vlan->integer<std::uint16_t>(0, 4095);
  if (const auto teid = in.find("teid")) match.teid = teid->integer<std::uint32_t>(0, UINT32_MAX);
  if (const auto vni = in.find("vni")) match.vni = vni->integer<std::uint32_t>(0, 0xff'ffff);
  return match;
}

}  // namespace gimbal::impair
