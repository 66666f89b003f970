#include "io_dpdk/offloads.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gimbal {
namespace {

/// An ethtool request with its trailing array, word aligned.
template <class Header>
class Request {
 public:
  explicit Request(std::size_t tail_bytes)
      : words_((sizeof(Header) + tail_bytes + sizeof(std::uint32_t) - 1) / sizeof(std::uint32_t)) {}
  Header* operator->() noexcept { return header(); }
  Header* header() noexcept { return reinterpret_cast<Header*>(words_.data()); }

 private:
  std::vector<std::uint32_t> words_;
};

bool ethtool(const std::string& interface, void* request) noexcept {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  ifreq query{};
  std::strncpy(query.ifr_name, interface.c_str(), IFNAMSIZ - 1);
  query.ifr_data = static_cast<char*>(request);
  const bool ok = ioctl(descriptor, SIOCETHTOOL, &query) >= 0;
  const int why = errno;
  close(descriptor);
  errno = why;
  return ok;
}

/// Feature names in the kernel's numbering; empty when the interface tells none.
std::vector<std::string> feature_names(const std::string& interface) {
  Request<ethtool_sset_info> count{sizeof(std::uint32_t)};
  count->cmd = ETHTOOL_GSSET_INFO;
  count->sset_mask = 1ULL << ETH_SS_FEATURES;
  if (!ethtool(interface, count.header()) || count->sset_mask == 0) return {};

  const std::uint32_t n = count->data[0];
  Request<ethtool_gstrings> strings{std::size_t{n} * ETH_GSTRING_LEN};
  strings->cmd = ETHTOOL_GSTRINGS;
  strings->string_set = ETH_SS_FEATURES;
  strings->len = n;
  if (!ethtool(interface, strings.header())) return {};

  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < n; ++i) {
    const char* name = reinterpret_cast<const char*>(strings->data) + i * ETH_GSTRING_LEN;
    names.emplace_back(name, strnlen(name, ETH_GSTRING_LEN));
  }
  return names;
}

}  // namespace

std::optional<Error> Offloads::switch_off(const std::vector<std::string_view>& names) {
  const std::vector<std::string> known = feature_names(interface_);
  const std::size_t blocks = (known.size() + 31) / 32;
  if (blocks == 0) return std::nullopt;

  Request<ethtool_gfeatures> features{blocks * sizeof(ethtool_get_features_block)};
  features->cmd = ETHTOOL_GFEATURES;
  features->size = static_cast<std::uint32_t>(blocks);
  if (!ethtool(interface_, features.header())) return std::nullopt;

  changed_.assign(blocks, 0);
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (std::find(names.begin(), names.end(), known[i]) == names.end()) continue;
    const ethtool_get_features_block& block = features->features[i / 32];
    const std::uint32_t bit = 1U << (i % 32);
    // `requested` is what an administrator wants; it may be on while `active` is not.
    if ((block.available & bit) != 0 && (block.never_changed & bit) == 0 &&
        ((block.requested | block.active) & bit) != 0)
      changed_[i / 32] |= bit;
  }
  if (apply(false)) return std::nullopt;
  const bool denied = errno == EPERM || errno == EACCES;
  const std::string why = std::strerror(errno);
  changed_.clear();
  return Error{"", denied ? "no permission to switch off the offloads of '" + interface_ +
                                "'; run as root or give CAP_NET_RAW,CAP_NET_ADMIN"
                          : "the offloads of '" + interface_ + "' cannot be switched off: " + why};
}

void Offloads::restore() noexcept {
  if (!changed_.empty()) apply(true);
  changed_.clear();
}

bool Offloads::apply(bool on) noexcept {
  Request<ethtool_sfeatures> change{changed_.size() * sizeof(ethtool_set_features_block)};
  change->cmd = ETHTOOL_SFEATURES;
  change->size = static_cast<std::uint32_t>(changed_.size());
  for (std::size_t i = 0; i < changed_.size(); ++i) {
    change->features[i].valid = changed_[i];
    change->features[i].requested = on ? changed_[i] : 0;
  }
  return ethtool(interface_, change.header());
}

const std::vector<std::string_view>& wire_breaking_offloads() {
  static const std::vector<std::string_view> names{"tx-checksum-ipv4",
                                                   "tx-checksum-ip-generic",
                                                   "tx-checksum-ipv6",
                                                   "tx-checksum-sctp",
                                                   "rx-checksum",
                                                   "tx-generic-segmentation",
                                                   "tx-tcp-segmentation",
                                                   "tx-tcp-ecn-segmentation",
                                                   "tx-tcp-mangleid-segmentation",
                                                   "tx-tcp6-segmentation",
                                                   "tx-udp-segmentation",
                                                   "tx-sctp-segmentation",
                                                   "tx-tcp-accecn-segmentation",
                                                   "tx-gso-list",
                                                   "rx-gro",
                                                   "rx-gro-hw",
                                                   "rx-gro-list",
                                                   "rx-udp-gro-forwarding",
                                                   "rx-lro",
                                                   "rx-vlan-hw-parse",
                                                   "rx-vlan-stag-hw-parse"};
  return names;
}

}  // namespace gimbal
