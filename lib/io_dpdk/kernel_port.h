#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "io_dpdk/device.h"
#include "io_dpdk/ethdev_port.h"
#include "io_dpdk/interface.h"
#include "io_dpdk/socket_queue.h"

namespace gimbal {

/// How a kernel interface came to be driven: sockets, one per worker, or an AF_XDP ethdev.
struct KernelPort {
  std::vector<std::unique_ptr<SocketQueue>> sockets;
  std::unique_ptr<EthdevPort> af_xdp;
  std::string reason;  ///< Why this one, one sentence.
};

/// Opens queues on an interface already taken. `automatic` tries AF_XDP on hardware interfaces and
/// falls back when it does not start; virtual ones get AF_PACKET at once (docs/adr/0010).
Result<KernelPort> open_kernel_port(const KernelInterface& interface, KernelDriver wanted,
                                    std::span<rte_mempool* const> pools);

}  // namespace gimbal
