#include "io_dpdk/socket_queue.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <numeric>

#include <rte_ip.h>
#include <rte_mbuf.h>

#include "io_dpdk/flow_owner.h"

namespace gimbal {
namespace {

/// What PACKET_VNET_HDR puts before each frame (virtio 1.2, 5.1.6), in host order. Named here
/// because the kernel's own header is not C++.
struct OffloadHeader {
  std::uint8_t flags;
  std::uint8_t segmentation;
  std::uint16_t header_length;
  std::uint16_t segment_size;
  std::uint16_t checksum_start;
  std::uint16_t checksum_offset;
};
static_assert(sizeof(OffloadHeader) == 10);
constexpr std::uint8_t kNeedsChecksum = 1;
constexpr std::uint8_t kNotSegmented = 0;

constexpr std::uint32_t kTagBytes = 4;
constexpr std::uint32_t kAddressBytes = 12;
// Ring header, alignment and virtio header before the frame: 92 bytes at most.
constexpr std::uint32_t kRingOverhead = 128;
constexpr std::uint32_t kRingBytes = 16U << 20;
constexpr int kSendBufferBytes = 8 << 20;
constexpr std::size_t kBatch = 64;

std::uint32_t round_up(std::uint32_t value, std::uint32_t unit) noexcept {
  return (value + unit - 1) / unit * unit;
}

template <class T>
bool set(int descriptor, int level, int option, const T& value) noexcept {
  return setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

Error failed(const char* attempt) {
  return Error{"", std::string{"AF_PACKET: "} + attempt + ": " + std::strerror(errno)};
}

/// The sender left the Internet checksum to hardware (CHECKSUM_PARTIAL): the field holds the sum
/// of the pseudo header. A wire has no hardware behind it, so the sum is finished here.
void complete_checksum(std::byte* frame, std::uint32_t length, std::uint32_t start,
                       std::uint32_t field) noexcept {
  if (start >= length || field + sizeof(std::uint16_t) > length) return;
  auto sum = static_cast<std::uint16_t>(~rte_raw_cksum(frame + start, length - start));
  // For UDP a zero field would mean "no checksum" (RFC 768); for TCP both forms are zero.
  if (sum == 0) sum = 0xffff;
  std::memcpy(frame + field, &sum, sizeof sum);
}

}  // namespace

std::uint32_t SocketQueue::buffer_bytes(std::uint32_t mtu) noexcept {
  return round_up(mtu + ETH_HLEN + 2 * kTagBytes, 64);
}

Result<std::unique_ptr<SocketQueue>> SocketQueue::open(const Options& options) {
  std::unique_ptr<SocketQueue> queue{new SocketQueue};
  if (auto error = queue->set_up(options)) return *error;
  return queue;
}

SocketQueue::~SocketQueue() {
  if (ring_ != nullptr) munmap(ring_, ring_bytes_);
  if (socket_ >= 0) close(socket_);
}

std::optional<Error> SocketQueue::set_up(const Options& options) {
  pool_ = options.pool;
  largest_ = buffer_bytes(options.mtu);
  // Protocol 0: nothing arrives until the ring stands and the socket is bound.
  socket_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) return failed("socket");
  if (auto error = map_ring(options)) return error;

  // Our own frames, and the host's, must not come back in as if a neighbour had sent them.
  if (!set(socket_, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)) return failed("ignore outgoing");
  set(socket_, SOL_PACKET, PACKET_QDISC_BYPASS, 1);
  if (!set(socket_, SOL_SOCKET, SO_SNDBUFFORCE, kSendBufferBytes))
    set(socket_, SOL_SOCKET, SO_SNDBUF, kSendBufferBytes);

  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(options.interface_index);
  if (bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return failed("bind");
  return options.queues > 1 ? join_fanout(options) : std::nullopt;
}

std::optional<Error> SocketQueue::map_ring(const Options& options) {
  if (!set(socket_, SOL_PACKET, PACKET_VERSION, static_cast<int>(TPACKET_V2)))
    return failed("ring version");
  if (!set(socket_, SOL_PACKET, PACKET_VNET_HDR, 1)) return failed("offload header");

  // A frame size that divides the block size makes the ring one array.
  frame_bytes_ = round_up(buffer_bytes(options.mtu) + kRingOverhead, 1024);
  const std::uint32_t block = std::lcm(frame_bytes_, 4096U);
  const std::uint32_t blocks = std::max(kRingBytes / block, 1U);
  frame_count_ = blocks * (block / frame_bytes_);
  const tpacket_req request{block, blocks, frame_bytes_, frame_count_};
  if (!set(socket_, SOL_PACKET, PACKET_RX_RING, request)) return failed("receive ring");

  ring_bytes_ = std::size_t{block} * blocks;
  void* ring = mmap(nullptr, ring_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, socket_, 0);
  if (ring == MAP_FAILED) return failed("map ring");
  ring_ = static_cast<std::byte*>(ring);
  return std::nullopt;
}

std::optional<Error> SocketQueue::join_fanout(const Options& options) {
  // Neither DEFRAG (it would merge fragments) nor ROLLOVER (it would reorder a flow). The kernel
  // chooses the group's number, so two programs cannot meet in one group.
  int choice = PACKET_FANOUT_CBPF << 16;
  if (options.queue == 0)
    choice |= PACKET_FANOUT_FLAG_UNIQUEID << 16;
  else
    choice |= options.fanout_group;
  if (!set(socket_, SOL_PACKET, PACKET_FANOUT, choice)) return failed("fan-out");

  int group = 0;
  socklen_t length = sizeof group;
  if (getsockopt(socket_, SOL_PACKET, PACKET_FANOUT, &group, &length) != 0)
    return failed("fan-out group");
  fanout_group_ = static_cast<std::uint16_t>(group & 0xffff);
  if (options.queue == 0 && !steer_in_kernel(socket_)) return failed("fan-out program");
  return std::nullopt;
}

std::size_t SocketQueue::receive(std::span<rte_mbuf*> out) noexcept {
  std::size_t n = 0;
  while (n < out.size()) {
    std::byte* frame = ring_ + std::size_t{next_} * frame_bytes_;
    auto& header = *reinterpret_cast<tpacket2_hdr*>(frame);
    std::atomic_ref<std::uint32_t> status{header.tp_status};
    if ((status.load(std::memory_order_acquire) & TP_STATUS_USER) == 0) break;
    if (rte_mbuf* mbuf = take_frame(frame)) out[n++] = mbuf;
    status.store(TP_STATUS_KERNEL, std::memory_order_release);
    if (++next_ == frame_count_) next_ = 0;
  }
  return n;
}

rte_mbuf* SocketQueue::take_frame(const std::byte* frame) noexcept {
  const auto& header = *reinterpret_cast<const tpacket2_hdr*>(frame);
  const std::byte* data = frame + header.tp_mac;
  OffloadHeader offload;
  std::memcpy(&offload, data - sizeof offload, sizeof offload);

  const bool tagged = (header.tp_status & TP_STATUS_VLAN_VALID) != 0;
  const std::uint32_t length = header.tp_len + (tagged ? kTagBytes : 0);
  if (header.tp_snaplen < header.tp_len || offload.segmentation != kNotSegmented ||
      length > largest_ || header.tp_len < kAddressBytes) [[unlikely]] {
    count(oversize_);
    return nullptr;
  }
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
  if (mbuf == nullptr) [[unlikely]] {
    count(starved_);
    return nullptr;
  }
  auto* to = rte_pktmbuf_mtod(mbuf, std::byte*);
  std::uint32_t shift = 0;
  if (tagged) {
    // The kernel parted the outer tag from the frame; its type comes beside it.
    const bool typed = (header.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    const std::array<std::uint16_t, 2> tag{htons(typed ? header.tp_vlan_tpid : ETH_P_8021Q),
                                           htons(header.tp_vlan_tci)};
    std::memcpy(to, data, kAddressBytes);
    std::memcpy(to + kAddressBytes, tag.data(), kTagBytes);
    std::memcpy(to + kAddressBytes + kTagBytes, data + kAddressBytes,
                header.tp_len - kAddressBytes);
    shift = kTagBytes;
  } else {
    std::memcpy(to, data, header.tp_len);
  }
  if ((offload.flags & kNeedsChecksum) != 0)
    complete_checksum(to, length, offload.checksum_start + shift,
                      offload.checksum_start + offload.checksum_offset + shift);
  mbuf->pkt_len = length;
  mbuf->data_len = static_cast<std::uint16_t>(length);
  return mbuf;
}

std::size_t SocketQueue::transmit(std::span<rte_mbuf* const> in) noexcept {
  std::array<mmsghdr, kBatch> messages;
  std::array<std::array<iovec, 2>, kBatch> parts;
  static OffloadHeader no_offload{};  // The socket speaks virtio headers both ways.
  const std::size_t n = std::min(in.size(), kBatch);
  for (std::size_t i = 0; i < n; ++i) {
    parts[i] = {iovec{&no_offload, sizeof no_offload},
                iovec{rte_pktmbuf_mtod(in[i], void*), rte_pktmbuf_data_len(in[i])}};
    messages[i] = mmsghdr{};
    messages[i].msg_hdr.msg_iov = parts[i].data();
    messages[i].msg_hdr.msg_iovlen = parts[i].size();
  }
  std::size_t done = 0;
  while (done < n) {
    const int sent =
        sendmmsg(socket_, &messages[done], static_cast<unsigned>(n - done), MSG_DONTWAIT);
    if (sent > 0) {
      done += static_cast<std::size_t>(sent);
    } else if (errno == EMSGSIZE || errno == EINVAL) {
      count(oversize_);
      ++done;
    } else if (errno == ENETDOWN || errno == ENXIO) {
      // A cable that is down loses frames; keeping them would stop the other direction too.
      count(unsent_);
      ++done;
    } else if (errno != EINTR) {
      break;
    }
  }
  rte_pktmbuf_free_bulk(const_cast<rte_mbuf**>(in.data()), static_cast<unsigned>(done));
  return done;
}

SocketQueue::Stats SocketQueue::stats() {
  tpacket_stats kernel{};
  socklen_t length = sizeof kernel;
  if (getsockopt(socket_, SOL_PACKET, PACKET_STATISTICS, &kernel, &length) == 0)
    missed_ += kernel.tp_drops;
  return {missed_, oversize_.load(std::memory_order_relaxed),
          starved_.load(std::memory_order_relaxed), unsent_.load(std::memory_order_relaxed)};
}

}  // namespace gimbal
