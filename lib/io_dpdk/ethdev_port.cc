#include "io_dpdk/ethdev_port.h"

#include <dirent.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "io_dpdk/eal.h"

namespace gimbal {
namespace {

constexpr const char* kVirtualBus = "vdev";
constexpr std::uint16_t kRingEntries = 2048;
constexpr std::size_t kLongestRssKey = 64;

/// The key that makes Toeplitz symmetric: repeating every 16 bits, it hashes (a, b) and (b, a)
/// alike (Woo and Park, "Scalable TCP Session Monitoring with Symmetric RSS", 2012).
constexpr std::array<std::uint8_t, kLongestRssKey> symmetric_key() {
  std::array<std::uint8_t, kLongestRssKey> key{};
  for (std::size_t i = 0; i < key.size(); i += 2) key[i] = 0x6d, key[i + 1] = 0x5a;
  return key;
}

/// Descriptors of this process that are AF_PACKET or AF_XDP sockets, lowest first.
std::vector<int> link_sockets() {
  std::vector<int> found;
  DIR* directory = opendir("/proc/self/fd");
  while (const dirent* entry = directory != nullptr ? readdir(directory) : nullptr) {
    const int descriptor = std::atoi(entry->d_name);
    int domain = 0;
    socklen_t length = sizeof domain;
    if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 &&
        (domain == AF_PACKET || domain == AF_XDP))
      found.push_back(descriptor);
  }
  if (directory != nullptr) closedir(directory);
  std::sort(found.begin(), found.end());
  return found;
}

Error refused(const std::string& device, const char* step, int code) {
  const std::string line = Eal::last_log_line();
  return Error{"", device + ": " + step + ": " + std::strerror(std::abs(code)) +
                       (line.empty() ? "" : " (" + line + ")")};
}

/// Spreads by address and port; `supported` limits it to what the NIC can.
void ask_for_rss(rte_eth_conf& conf, const rte_eth_dev_info& info, std::uint8_t* key) {
  conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
  conf.rx_adv_conf.rss_conf.rss_key = key;
  conf.rx_adv_conf.rss_conf.rss_key_len = info.hash_key_size;
  conf.rx_adv_conf.rss_conf.rss_hf =
      (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP) & info.flow_type_rss_offloads;
}

}  // namespace

Result<std::unique_ptr<EthdevPort>> EthdevPort::open(const Options& options) {
  std::unique_ptr<EthdevPort> port{new EthdevPort};
  const std::vector<int> before = link_sockets();
  if (options.create) {
    const int code = rte_eal_hotplug_add(kVirtualBus, options.name.c_str(), options.args.c_str());
    if (code != 0) return refused(options.name, "cannot be created", code);
    port->created_ = options.name;
  }
  if (rte_eth_dev_get_port_by_name(options.name.c_str(), &port->id_) != 0)
    return Error{"", options.name +
                         " is not driven by DPDK; bind it with 'dpdk-devbind.py -b vfio-pci " +
                         options.name + "'"};
  port->found_ = true;
  if (auto error = port->start(options)) return *error;

  // Drivers over kernel sockets open one per queue, in order: they tell when frames wait.
  for (const int descriptor : link_sockets())
    if (std::find(before.begin(), before.end(), descriptor) == before.end())
      port->sockets_.push_back(descriptor);
  if (port->sockets_.size() != port->receive_queues_) port->sockets_.clear();
  return port;
}

std::optional<Error> EthdevPort::start(const Options& options) {
  rte_eth_dev_info info{};
  if (const int code = rte_eth_dev_info_get(id_, &info))
    return refused(options.name, "no info", code);
  driver_ = info.driver_name;
  const auto workers = static_cast<std::uint16_t>(options.pools.size());
  if (info.max_tx_queues < workers)
    return Error{"", options.name + " has " + std::to_string(info.max_tx_queues) +
                         " transmit queues and each worker needs one; shorten workers.cores"};
  receive_queues_ = std::min(workers, info.max_rx_queues);

  rte_eth_conf conf{};
  std::array<std::uint8_t, kLongestRssKey> key = symmetric_key();
  const bool spreads = workers > 1 && info.hash_key_size > 0 && info.hash_key_size <= key.size() &&
                       (info.flow_type_rss_offloads & RTE_ETH_RSS_TCP) != 0;
  if (spreads) ask_for_rss(conf, info, key.data());
  if (spreads && (info.flow_type_rss_offloads & RTE_ETH_RSS_NONFRAG_IPV4_TCP) != 0 &&
      receive_queues_ == workers)
    symmetric_rss_ = info.reta_size;
  if (options.mtu != 0) conf.rxmode.mtu = options.mtu;
  if (const int code = rte_eth_dev_configure(id_, receive_queues_, workers, &conf))
    return refused(options.name, "cannot be configured", code);

  std::uint16_t receive_entries = kRingEntries;
  std::uint16_t transmit_entries = kRingEntries;
  rte_eth_dev_adjust_nb_rx_tx_desc(id_, &receive_entries, &transmit_entries);
  const auto socket = static_cast<unsigned>(std::max(rte_eth_dev_socket_id(id_), 0));
  for (std::uint16_t q = 0; q < receive_queues_; ++q)
    if (const int code =
            rte_eth_rx_queue_setup(id_, q, receive_entries, socket, nullptr, options.pools[q]))
      return refused(options.name, "receive queue", code);
  for (std::uint16_t q = 0; q < workers; ++q)
    if (const int code = rte_eth_tx_queue_setup(id_, q, transmit_entries, socket, nullptr))
      return refused(options.name, "transmit queue", code);
  if (const int code = rte_eth_dev_start(id_))
    return refused(options.name, "cannot be started", code);

  rte_eth_promiscuous_enable(id_);  // Some drivers have no such mode: they deliver everything.
  std::uint16_t mtu = 0;
  if (rte_eth_dev_get_mtu(id_, &mtu) == 0) mtu_ = mtu;
  return std::nullopt;
}

EthdevPort::~EthdevPort() {
  if (found_) {
    rte_eth_dev_stop(id_);
    rte_eth_dev_close(id_);
  }
  if (!created_.empty()) rte_eal_hotplug_remove(kVirtualBus, created_.c_str());
}

EthdevPort::Counts EthdevPort::counts() const {
  rte_eth_stats stats{};
  if (rte_eth_stats_get(id_, &stats) != 0) return {};
  return {stats.imissed, stats.rx_nombuf};
}

}  // namespace gimbal
