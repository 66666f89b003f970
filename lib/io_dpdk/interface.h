#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace gimbal {

/// A kernel interface taken over as one end of the wire, given back by the destructor.
///
/// Taking it checks, in this order, and changes nothing when a check fails: it exists, we may
/// (CAP_NET_RAW, CAP_NET_ADMIN), it does not hold the default route (IPv4 or IPv6) unless allowed,
/// no other appliance holds it. Then it is brought up, made promiscuous, and the offloads that
/// break a wire are switched off: TSO, GSO, GRO, LRO, checksums, VLAN parsing.
///
/// After `kill -9` the kernel drops the hold and promiscuous mode by itself; the interface stays
/// up with its offloads off, which is slower for the host but works.
///
/// The neighbour's offloads are beyond reach. Its TCP segmentation must be off
/// (`ethtool -K PEER tso off gso off` on the other end of a veth pair): frames beyond the MTU
/// cannot pass a wire and are counted as oversize. Partial checksums are completed on AF_PACKET;
/// on AF_XDP the neighbour's `tx` and `txvlan` offloads must be off too.
class KernelInterface {
 public:
  static Result<std::unique_ptr<KernelInterface>> take(const std::string& name,
                                                       bool allow_default_route);
  ~KernelInterface();
  KernelInterface(const KernelInterface&) = delete;
  KernelInterface& operator=(const KernelInterface&) = delete;

  [[nodiscard]] const std::string& name() const noexcept;
  [[nodiscard]] unsigned index() const noexcept;
  [[nodiscard]] std::uint32_t mtu() const noexcept;
  [[nodiscard]] const std::string& driver() const noexcept;  ///< The kernel's: "veth", "ena" ...
  /// False for what only exists in the kernel: veth, tun, bridge, bond.
  [[nodiscard]] bool is_hardware() const noexcept;

 private:
  struct State;
  explicit KernelInterface(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace gimbal
