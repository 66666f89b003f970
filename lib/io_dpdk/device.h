#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gimbal {

/// How a kernel interface is driven. `automatic` tries AF_XDP where it keeps frames whole, else
/// takes AF_PACKET (docs/adr/0010).
enum class KernelDriver : std::uint8_t { automatic, af_xdp, af_packet };

/// A configured device string, understood but not yet touched.
struct DeviceSpec {
  enum class Kind : std::uint8_t {
    interface,  ///< "iface:NAME", "iface:NAME?driver=af_packet"
    pci,        ///< "0000:3b:00.0" or "3b:00.0"
    vdev,       ///< "net_pcap0,rx_pcap=in.pcap,tx_pcap=out.pcap"
  };
  Kind kind{Kind::interface};
  std::string name;       ///< Interface name, full PCI address, or the vdev's name.
  std::string args;       ///< What follows the vdev's first comma.
  std::string interface;  ///< The kernel interface below, if any: a vdev's "iface=" names one too.
  KernelDriver driver{KernelDriver::automatic};
};

/// Errors: empty, an interface name the kernel would refuse, an unknown option, a vdev that is not
/// a network driver's.
Result<DeviceSpec> parse_device(std::string_view text);

}  // namespace gimbal
