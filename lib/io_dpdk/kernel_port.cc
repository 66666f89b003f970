#include "io_dpdk/kernel_port.h"

#include <optional>

namespace gimbal {
namespace {

// A frame and its headroom must fit one page of AF_XDP memory.
constexpr std::uint32_t kLargestXdpMtu = 3'400;

/// Why AF_XDP is out of the question; nothing when it should be tried.
std::optional<std::string> objection_to_xdp(const KernelInterface& interface, std::size_t workers) {
  if (!interface.is_hardware())
    return "AF_XDP on a virtual interface (" + interface.driver() +
           ") loses VLAN tags and checksums its neighbour left to hardware";
  if (interface.mtu() > kLargestXdpMtu)
    return "MTU " + std::to_string(interface.mtu()) + " does not fit AF_XDP's frames";
  if (workers > 1) return std::string{"AF_XDP needs a hardware queue per worker set up beforehand"};
  return std::nullopt;
}

Result<std::unique_ptr<EthdevPort>> open_xdp(const KernelInterface& interface,
                                             std::span<rte_mempool* const> pools) {
  EthdevPort::Options options;
  options.name = "net_af_xdp_" + interface.name();
  options.create = true;
  options.args = "iface=" + interface.name() + ",queue_count=" + std::to_string(pools.size());
  options.pools = pools;
  return EthdevPort::open(options);
}

Result<KernelPort> open_sockets(const KernelInterface& interface,
                                std::span<rte_mempool* const> pools) {
  KernelPort port;
  SocketQueue::Options options;
  options.interface_index = interface.index();
  options.mtu = interface.mtu();
  options.queues = static_cast<std::uint16_t>(pools.size());
  for (rte_mempool* pool : pools) {
    options.pool = pool;
    auto queue = SocketQueue::open(options);
    if (!queue) return queue.error();
    options.fanout_group = queue.value()->fanout_group();
    ++options.queue;
    port.sockets.push_back(std::move(queue.value()));
  }
  return port;
}

}  // namespace

Result<KernelPort> open_kernel_port(const KernelInterface& interface, KernelDriver wanted,
                                    std::span<rte_mempool* const> pools) {
  std::string reason = "as configured";
  if (wanted != KernelDriver::af_packet) {
    const auto objection =
        wanted == KernelDriver::af_xdp ? std::nullopt : objection_to_xdp(interface, pools.size());
    if (objection) {
      reason = *objection;
    } else {
      auto port = open_xdp(interface, pools);
      if (port) {
        KernelPort result;
        result.af_xdp = std::move(port.value());
        result.reason = wanted == KernelDriver::af_xdp ? reason : "it started";
        return result;
      }
      if (wanted == KernelDriver::af_xdp) return port.error();
      reason = "AF_XDP does not start: " + port.error().what;
    }
  }
  auto port = open_sockets(interface, pools);
  if (port) port.value().reason = reason;
  return port;
}

}  // namespace gimbal
