#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/policy.h"

namespace gimbal {

enum class Idle : std::uint8_t {
  spin,   ///< Dedicated cores: poll without pause.
  sleep,  ///< Shared cores: after some empty polls, sleep; wake-up delay is bounded (docs).
};

/// `ports.*.device`: `iface:NAME`, a PCI address, or a DPDK vdev string.
struct PortConfig {
  std::string device;
};

struct WorkersConfig {
  std::vector<unsigned> cores{0};  ///< One worker per entry, pinned.
  Idle idle{Idle::sleep};
};

struct MemoryConfig {
  bool hugepages{false};
  std::uint32_t packets{
      65536};                  ///< Packet buffers over all workers, cached and held ones included.
  std::uint32_t flows{65536};  ///< Flow-table entries over all workers.
};

struct ControlConfig {
  std::string address{"127.0.0.1"};
  std::uint16_t port{8480};  ///< 0: no REST listener.
};

/// The appliance's configuration, parsed and valid (contract: "Appliance configuration").
struct ApplianceConfig {
  PortConfig lan;
  PortConfig wan;
  WorkersConfig workers;
  MemoryConfig memory;
  ControlConfig control;
  Policy policy;
  bool allow_default_route{false};  ///< `ports.allow_default_route`: may take that interface.
};

}  // namespace gimbal
