#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

struct rte_mempool;

namespace gimbal {

/// A port of a DPDK driver: a NIC by PCI address, or a virtual device created here. Stopped, closed
/// and, if virtual, removed by the destructor.
class EthdevPort {
 public:
  struct Options {
    std::string name;    ///< PCI address, or the vdev's name.
    bool create{false};  ///< Create the vdev first, with `args`.
    std::string args;
    std::uint32_t mtu{0};                 ///< 0: leave it.
    std::span<rte_mempool* const> pools;  ///< One per worker; so are the queues.
  };
  static Result<std::unique_ptr<EthdevPort>> open(const Options& options);
  ~EthdevPort();
  EthdevPort(const EthdevPort&) = delete;
  EthdevPort& operator=(const EthdevPort&) = delete;

  [[nodiscard]] std::uint16_t id() const noexcept { return id_; }
  [[nodiscard]] const std::string& driver() const noexcept { return driver_; }
  [[nodiscard]] std::uint16_t receive_queues() const noexcept { return receive_queues_; }
  [[nodiscard]] std::uint32_t mtu() const noexcept { return mtu_; }
  /// Entries of the redirection table when the NIC spreads both directions of a flow to one queue
  /// (symmetric Toeplitz key); 0 when software must.
  [[nodiscard]] std::uint16_t symmetric_rss() const noexcept { return symmetric_rss_; }
  /// Of queue q, readable when frames wait; -1 when the driver has no kernel socket.
  [[nodiscard]] int wake_descriptor(std::uint16_t queue) const noexcept {
    return queue < sockets_.size() ? sockets_[queue] : -1;
  }
  struct Counts {
    std::uint64_t missed, starved;
  };
  [[nodiscard]] Counts counts() const;

 private:
  EthdevPort() = default;
  std::optional<Error> start(const Options& options);

  std::uint16_t id_{0};
  bool found_{false};
  std::string created_;
  std::string driver_;
  std::uint16_t receive_queues_{0};
  std::uint16_t symmetric_rss_{0};
  std::uint32_t mtu_{0};
  std::vector<int> sockets_;
};

}  // namespace gimbal
