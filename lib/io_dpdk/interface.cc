#include "io_dpdk/interface.h"

#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include "io_dpdk/offloads.h"

namespace gimbal {
namespace {

/// Closes itself, and with itself whatever the kernel ties to it.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) noexcept : value_{value} {}
  Descriptor(Descriptor&& other) noexcept : value_{std::exchange(other.value_, -1)} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    return std::swap(value_, other.value_), *this;
  }
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  [[nodiscard]] int get() const noexcept { return value_; }

 private:
  int value_;
};

ifreq request_for(const std::string& name) noexcept {
  ifreq request{};
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  return request;
}

/// The IPv4 default route: destination and mask zero in /proc/net/route.
bool holds_default_route_v4(const std::string& name) {
  std::ifstream file{"/proc/self/net/route"};
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields{line};
    std::string interface, destination, gateway, flags, refs, use, metric, mask;
    fields >> interface >> destination >> gateway >> flags >> refs >> use >> metric >> mask;
    if (interface == name && destination == "00000000" && mask == "00000000") return true;
  }
  return false;
}

/// The IPv6 default route: prefix length zero in /proc/net/ipv6_route.
bool holds_default_route_v6(const std::string& name) {
  std::ifstream file{"/proc/self/net/ipv6_route"};
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields{line};
    std::string destination, bits, field, interface;
    fields >> destination >> bits;
    while (fields >> field) interface = field;
    if (interface == name && bits == "00") return true;
  }
  return false;
}

/// Held for as long as the descriptor is open. Abstract names live in the network namespace, as
/// interfaces do, and vanish with the process.
Descriptor hold(unsigned index) {
  Descriptor lock{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "gimbal/interface/" + std::to_string(index);
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(lock.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0)
    return Descriptor{};
  return lock;
}

bool make_promiscuous(int packet_socket, unsigned index) noexcept {
  packet_mreq membership{};
  membership.mr_ifindex = static_cast<int>(index);
  membership.mr_type = PACKET_MR_PROMISC;
  return setsockopt(packet_socket, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership,
                    sizeof membership) == 0;
}

}  // namespace

struct KernelInterface::State {
  std::string name;
  unsigned index{0};
  std::uint32_t mtu{0};
  std::string driver;
  bool hardware{false};
  Descriptor lock;
  Descriptor packet;  ///< Carries the promiscuous membership.
  Offloads offloads{""};
  std::optional<int> flags_before;

  /// IFF_UP, IFF_PROMISC ... as the administrator sees them.
  [[nodiscard]] std::optional<int> flags() const noexcept {
    ifreq request = request_for(name);
    if (ioctl(packet.get(), SIOCGIFFLAGS, &request) != 0) return std::nullopt;
    return request.ifr_flags;
  }
  bool set_flags(int flags) const noexcept {
    ifreq request = request_for(name);
    request.ifr_flags = static_cast<short>(flags);
    return ioctl(packet.get(), SIOCSIFFLAGS, &request) == 0;
  }
  void inquire() noexcept {
    ifreq request = request_for(name);
    if (ioctl(packet.get(), SIOCGIFMTU, &request) == 0)
      mtu = static_cast<std::uint32_t>(request.ifr_mtu);
    ethtool_drvinfo info{};
    info.cmd = ETHTOOL_GDRVINFO;
    request = request_for(name);
    request.ifr_data = reinterpret_cast<char*>(&info);
    if (ioctl(packet.get(), SIOCETHTOOL, &request) != 0) return;
    driver = info.driver;
    // Only hardware has a bus; tun calls itself "tap" there.
    hardware = info.bus_info[0] != '\0' && driver != "tun";
  }
};

KernelInterface::KernelInterface(std::unique_ptr<State> state) noexcept
    : state_{std::move(state)} {}

Result<std::unique_ptr<KernelInterface>> KernelInterface::take(const std::string& name,
                                                               bool allow_default_route) {
  const std::string quoted = "interface '" + name + "'";
  auto state = std::make_unique<State>();
  state->name = name;
  state->index = if_nametoindex(name.c_str());
  if (state->index == 0) return Error{"", quoted + " does not exist here; 'ip link' lists them"};

  state->packet = Descriptor{socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
  if (state->packet.get() < 0)
    return Error{
        "", "no permission to open " + quoted + "; run as root or give CAP_NET_RAW,CAP_NET_ADMIN"};
  if (!allow_default_route && (holds_default_route_v4(name) || holds_default_route_v6(name)))
    return Error{"", quoted +
                         " holds the default route and would cut this host off; choose another "
                         "or set ports.allow_default_route"};
  state->lock = hold(state->index);
  if (state->lock.get() < 0)
    return Error{"",
                 quoted + " is busy: another gimbal or gimbal-impair holds it; stop that first"};

  state->inquire();
  state->offloads = Offloads{name};
  state->flags_before = state->flags();
  std::unique_ptr<KernelInterface> taken{new KernelInterface{std::move(state)}};
  State& own = *taken->state_;
  // From here on the destructor puts everything back, on failure too.
  if (auto error = own.offloads.switch_off(wire_breaking_offloads())) return *error;
  const int flags = own.flags_before.value_or(0);
  if ((flags & IFF_UP) == 0 && !own.set_flags(flags | IFF_UP))
    return Error{"", quoted + " cannot be brought up: " + std::strerror(errno)};
  if (!make_promiscuous(own.packet.get(), own.index))
    return Error{"", quoted + " cannot be made promiscuous: " + std::strerror(errno)};
  return taken;
}

KernelInterface::~KernelInterface() {
  state_->offloads.restore();
  // A DPDK driver may have left it promiscuous: only flags that differ are written.
  constexpr int kOurs = IFF_UP | IFF_PROMISC;
  const auto now = state_->flags();
  if (!now || !state_->flags_before) return;
  const int before = (*now & ~kOurs) | (*state_->flags_before & kOurs);
  if (before != *now) state_->set_flags(before);
}

const std::string& KernelInterface::name() const noexcept { return state_->name; }
unsigned KernelInterface::index() const noexcept { return state_->index; }
std::uint32_t KernelInterface::mtu() const noexcept { return state_->mtu; }
const std::string& KernelInterface::driver() const noexcept { return state_->driver; }
bool KernelInterface::is_hardware() const noexcept { return state_->hardware; }

}  // namespace gimbal
