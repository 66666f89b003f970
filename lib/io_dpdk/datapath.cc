#include "io_dpdk/datapath.h"

#include <algorithm>
#include <optional>

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "io_dpdk/device.h"
#include "io_dpdk/dpdk_io.h"
#include "io_dpdk/eal.h"
#include "io_dpdk/ethdev_port.h"
#include "io_dpdk/interface.h"
#include "io_dpdk/kernel_port.h"
#include "io_dpdk/steering.h"

namespace gimbal {
namespace {

constexpr std::uint32_t kUsualMtu = 1500;
constexpr std::uint32_t kUsualRoom = 2048;
constexpr std::uint32_t kPoolCache = 256;
// Queues of a driver hold buffers of their own; with less per worker nothing would be left.
constexpr std::uint32_t kFewestPackets = 2048;
// rte_mbuf, headroom, the pool's header per object, and its spreading over memory channels: only
// for the estimate before pools can be made.
constexpr std::uint32_t kPacketOverhead = sizeof(rte_mbuf) + RTE_PKTMBUF_HEADROOM + 320;
constexpr std::uint32_t kEnvironmentMegabytes = 96;

struct PoolDeleter {
  void operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }
};
using Pool = std::unique_ptr<rte_mempool, PoolDeleter>;

/// One end of the wire; members are given back last to first.
struct End {
  DeviceSpec spec;
  std::unique_ptr<KernelInterface> interface;
  KernelPort kernel;
  std::unique_ptr<EthdevPort> ethdev;
  PortReport report;

  [[nodiscard]] const EthdevPort* driver_port() const noexcept {
    return kernel.af_xdp ? kernel.af_xdp.get() : ethdev.get();
  }
  [[nodiscard]] std::uint32_t mtu() const noexcept {
    return interface ? interface->mtu() : kUsualMtu;
  }
};

}  // namespace

struct Datapath::State {
  DatapathOptions options;
  std::unique_ptr<Eal> eal;
  std::vector<Pool> pools;
  std::array<End, kPortCount> ends;
  std::unique_ptr<Steering> steering;
  std::vector<std::unique_ptr<DpdkIo>> ios;
  std::function<void(unsigned)> body;
  std::uint32_t room{kUsualRoom};

  [[nodiscard]] unsigned workers() const noexcept {
    return static_cast<unsigned>(options.workers.cores.size());
  }
  [[nodiscard]] std::string where(std::size_t port) const {
    return "ports." + options.port_names[port] + ".device";
  }

  std::optional<Error> understand_devices();
  std::optional<Error> take_interfaces();
  std::optional<Error> start_eal();
  std::optional<Error> make_pools();
  std::optional<Error> open_end(std::size_t port);
  std::optional<Error> steer();
  void seat_workers();
};

std::optional<Error> Datapath::State::understand_devices() {
  for (std::size_t p = 0; p < kPortCount; ++p) {
    auto spec = parse_device(options.devices[p]);
    if (!spec) return Error{where(p), spec.error().what};
    ends[p].spec = spec.value();
    ends[p].report.device = options.devices[p];
  }
  if (ends[0].spec.name == ends[1].spec.name)
    return Error{where(1), "'" + ends[1].spec.name + "' is both ports; a wire needs two ends"};
  return std::nullopt;
}

std::optional<Error> Datapath::State::take_interfaces() {
  for (std::size_t p = 0; p < kPortCount; ++p) {
    if (ends[p].spec.interface.empty()) continue;
    auto taken = KernelInterface::take(ends[p].spec.interface, options.allow_default_route);
    if (!taken) return Error{where(p), taken.error().what};
    ends[p].interface = std::move(taken.value());
    room = std::max(room, SocketQueue::buffer_bytes(ends[p].interface->mtu()));
  }
  return std::nullopt;
}

std::optional<Error> Datapath::State::start_eal() {
  EalOptions eal_options;
  eal_options.cores = options.workers.cores;
  eal_options.hugepages = options.hugepages;
  const std::uint64_t bytes = std::uint64_t{options.packets} * (room + kPacketOverhead);
  eal_options.megabytes = static_cast<std::uint32_t>(bytes >> 20) + kEnvironmentMegabytes;
  for (const End& end : ends)
    if (end.spec.kind == DeviceSpec::Kind::pci) eal_options.pci.push_back(end.spec.name);
  auto started = Eal::start(eal_options);
  if (!started) return started.error();
  eal = std::move(started.value());
  return std::nullopt;
}

std::optional<Error> Datapath::State::make_pools() {
  const std::uint32_t each = options.packets / workers();
  if (each < kFewestPackets)
    return Error{"memory.packets", std::to_string(options.packets) + " is too few; at least " +
                                       std::to_string(kFewestPackets * workers()) + " for " +
                                       std::to_string(workers()) + " workers"};
  for (unsigned w = 0; w < workers(); ++w) {
    const std::string name = "packets_" + std::to_string(w);
    Pool pool{rte_pktmbuf_pool_create(name.c_str(), each, kPoolCache, 0,
                                      static_cast<std::uint16_t>(room + RTE_PKTMBUF_HEADROOM),
                                      SOCKET_ID_ANY)};
    if (!pool)
      return Error{"memory.packets", "no memory for " + std::to_string(options.packets) +
                                         " packet buffers (" + rte_strerror(rte_errno) +
                                         "); lower it"};
    pools.push_back(std::move(pool));
  }
  return std::nullopt;
}

std::optional<Error> Datapath::State::open_end(std::size_t port) {
  End& end = ends[port];
  std::vector<rte_mempool*> raw;
  for (const Pool& pool : pools) raw.push_back(pool.get());

  if (end.spec.kind == DeviceSpec::Kind::interface) {
    auto opened = open_kernel_port(*end.interface, end.spec.driver, raw);
    if (!opened) return Error{where(port), opened.error().what};
    end.kernel = std::move(opened.value());
    end.report.reason = end.kernel.reason;
  } else {
    EthdevPort::Options ethdev;
    ethdev.name = end.spec.name;
    ethdev.create = end.spec.kind == DeviceSpec::Kind::vdev;
    ethdev.args = end.spec.args;
    ethdev.pools = raw;
    auto opened = EthdevPort::open(ethdev);
    if (!opened) return Error{where(port), opened.error().what};
    end.ethdev = std::move(opened.value());
    end.report.reason = "as configured";
  }
  const EthdevPort* driver = end.driver_port();
  end.report.driver = driver != nullptr ? driver->driver() : "af_packet";
  end.report.mtu = driver != nullptr && !end.interface ? driver->mtu() : end.mtu();
  end.report.queues = driver != nullptr ? driver->receive_queues()
                                        : static_cast<std::uint16_t>(end.kernel.sockets.size());
  return std::nullopt;
}

std::optional<Error> Datapath::State::steer() {
  if (workers() == 1 || !options.flow_affinity) return std::nullopt;
  const EthdevPort* lan = ends[0].driver_port();
  const EthdevPort* wan = ends[1].driver_port();
  // Two NICs of one kind, with one key and tables of one size, agree on every flow's queue.
  if (lan != nullptr && wan != nullptr && lan->symmetric_rss() != 0 &&
      lan->symmetric_rss() == wan->symmetric_rss() && lan->driver() == wan->driver())
    return std::nullopt;
  auto created = Steering::create(workers());
  if (!created) return created.error();
  steering = std::move(created.value());
  return std::nullopt;
}

void Datapath::State::seat_workers() {
  for (unsigned w = 0; w < workers(); ++w) {
    const auto queue = static_cast<std::uint16_t>(w);
    std::array<DpdkIo::Port, kPortCount> ports;
    for (std::size_t p = 0; p < kPortCount; ++p) {
      const End& end = ends[p];
      if (const EthdevPort* driver = end.driver_port()) {
        ports[p].ethdev = driver->id();
        ports[p].queue = queue;
        ports[p].receives = queue < driver->receive_queues();
        ports[p].wake_descriptor = driver->wake_descriptor(queue);
      } else {
        ports[p].socket = end.kernel.sockets[w].get();
        ports[p].wake_descriptor = ports[p].socket->descriptor();
      }
    }
    ios.push_back(std::make_unique<DpdkIo>(ports, pools[w].get(), steering.get(), w));
  }
}

Datapath::Datapath(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}

Result<std::unique_ptr<Datapath>> Datapath::open(const DatapathOptions& options) {
  auto owned = std::make_unique<State>();
  owned->options = options;
  State& state = *owned;
  std::unique_ptr<Datapath> datapath{new Datapath{std::move(owned)}};
  if (auto error = state.understand_devices()) return *error;
  if (auto error = state.take_interfaces()) return *error;
  if (auto error = state.start_eal()) return *error;
  if (auto error = state.make_pools()) return *error;
  for (std::size_t p = 0; p < kPortCount; ++p)
    if (auto error = state.open_end(p)) return *error;
  if (auto error = state.steer()) return *error;
  state.seat_workers();
  return datapath;
}

Datapath::~Datapath() {
  State& state = *state_;
  state.ios.clear();
  state.steering.reset();
  for (End& end : state.ends) {
    end.ethdev.reset();
    end.kernel = KernelPort{};
  }
  state.pools.clear();
  state.eal.reset();
  for (End& end : state.ends) end.interface.reset();
}

unsigned Datapath::workers() const noexcept { return state_->workers(); }
DpdkIo& Datapath::io(unsigned worker) noexcept { return *state_->ios[worker]; }
const PortReport& Datapath::report(PortId port) const noexcept {
  return state_->ends[static_cast<std::size_t>(port)].report;
}

PortStats Datapath::stats(PortId port) const {
  const End& end = state_->ends[static_cast<std::size_t>(port)];
  PortStats sum;
  for (const auto& socket : end.kernel.sockets) {
    const SocketQueue::Stats stats = socket->stats();
    sum.missed += stats.missed;
    sum.oversize += stats.oversize;
    sum.starved += stats.starved;
    sum.unsent += stats.unsent;
  }
  if (const EthdevPort* driver = end.driver_port()) {
    const EthdevPort::Counts counts = driver->counts();
    sum.missed += counts.missed;
    sum.starved += counts.starved;
  }
  return sum;
}

std::uint64_t Datapath::handed_over(unsigned worker) const noexcept {
  return state_->steering ? state_->steering->handed_over(worker) : 0;
}

std::uint64_t Datapath::handover_overflowed(unsigned worker) const noexcept {
  return state_->steering ? state_->steering->overflowed(worker) : 0;
}

std::uint32_t Datapath::packet_bytes() const noexcept {
  const rte_mempool& pool = *state_->pools.front();
  return pool.header_size + pool.elt_size + pool.trailer_size;
}

std::uint32_t Datapath::packets_in_use() const noexcept {
  std::uint32_t sum = 0;
  for (const Pool& pool : state_->pools) sum += rte_mempool_in_use_count(pool.get());
  return sum;
}

void Datapath::launch(std::function<void(unsigned worker)> body) {
  state_->body = std::move(body);
  for (unsigned w = 0; w < workers(); ++w)
    rte_eal_remote_launch(
        [](void* argument) {
          static_cast<State*>(argument)->body(rte_lcore_id() - 1);
          return 0;
        },
        state_.get(), w + 1);
}

void Datapath::join() { rte_eal_mp_wait_lcore(); }

}  // namespace gimbal
