#include "io_dpdk/device.h"

#include <algorithm>
#include <cctype>

namespace gimbal {
namespace {

constexpr std::string_view kInterfacePrefix = "iface:";
constexpr std::size_t kLongestInterfaceName = 15;  // IFNAMSIZ - 1

bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

/// Matches "0000:3b:00.0" and "3b:00.0"; `x` stands for one hexadecimal digit.
bool has_shape(std::string_view text, std::string_view shape) {
  return text.size() == shape.size() &&
         std::equal(text.begin(), text.end(), shape.begin(),
                    [](char c, char s) { return s == 'x' ? is_hex(c) : c == s; });
}

/// The value of "iface=" among a vdev's comma separated arguments; empty when there is none.
std::string interface_in(std::string_view args) {
  constexpr std::string_view kKey = "iface=";
  while (!args.empty()) {
    const std::string_view arg = args.substr(0, args.find(','));
    if (arg.substr(0, kKey.size()) == kKey) return std::string{arg.substr(kKey.size())};
    args.remove_prefix(std::min(arg.size() + 1, args.size()));
  }
  return {};
}

Result<DeviceSpec> parse_interface(std::string_view text) {
  DeviceSpec spec;
  const std::size_t mark = text.find('?');
  spec.name = text.substr(0, mark);
  const bool odd = std::any_of(spec.name.begin(), spec.name.end(), [](char c) {
    return c == '/' || c == ':' || std::isspace(static_cast<unsigned char>(c)) != 0;
  });
  if (spec.name.empty() || spec.name.size() > kLongestInterfaceName || odd)
    return Error{"",
                 "'" + spec.name + "' is no interface name; write iface:NAME, 1 to 15 characters"};
  spec.interface = spec.name;
  if (mark == std::string_view::npos) return spec;

  const std::string_view option = text.substr(mark + 1);
  if (option == "driver=af_xdp")
    spec.driver = KernelDriver::af_xdp;
  else if (option == "driver=af_packet")
    spec.driver = KernelDriver::af_packet;
  else if (option != "driver=automatic")
    return Error{"", "unknown option '" + std::string{option} +
                         "'; use driver=automatic, driver=af_packet or driver=af_xdp"};
  return spec;
}

}  // namespace

Result<DeviceSpec> parse_device(std::string_view text) {
  if (text.substr(0, kInterfacePrefix.size()) == kInterfacePrefix)
    return parse_interface(text.substr(kInterfacePrefix.size()));

  DeviceSpec spec;
  if (has_shape(text, "xxxx:xx:xx.x") || has_shape(text, "xx:xx.x")) {
    spec.kind = DeviceSpec::Kind::pci;
    spec.name = (text.size() == 7 ? "0000:" : "") + std::string{text};
    std::transform(spec.name.begin(), spec.name.end(), spec.name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return spec;
  }
  if (text.substr(0, 4) == "net_") {
    spec.kind = DeviceSpec::Kind::vdev;
    const std::size_t comma = text.find(',');
    spec.name = text.substr(0, comma);
    if (comma != std::string_view::npos) spec.args = text.substr(comma + 1);
    spec.interface = interface_in(spec.args);
    return spec;
  }
  return Error{"", "'" + std::string{text} +
                       "' is no device; write iface:NAME, a PCI address (0000:3b:00.0) or a DPDK "
                       "vdev (net_af_packet0,iface=NAME)"};
}

}  // namespace gimbal
