#include "io_dpdk/flow_owner.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <vector>

#include "base/endian.h"
#include "wire/frame.h"
#include "wire/segment.h"

namespace gimbal {
namespace {

// Fibonacci hashing: the high half of the product depends on every bit below.
constexpr std::uint32_t kMultiplier = 0x9e37'79b1;
constexpr unsigned kHighHalf = 16;

std::uint32_t fold(const IpAddress& address) noexcept {
  std::array<be32, 4> words;
  std::memcpy(words.data(), address.bytes.data(), sizeof words);
  return words[0].value() ^ words[1].value() ^ words[2].value() ^ words[3].value();
}

/// Classic BPF that gathers in M[0] what `owner_of` calls `word`. Offsets count from the network
/// header: the kernel has parted one outer tag from the frame already.
class OwnerProgram {
 public:
  OwnerProgram() {
    add(BPF_LD | BPF_IMM, 0);
    add(BPF_ST, 0);
    add_ipv4();
    add_ipv6();
    const std::size_t finish = code_.size();
    add(BPF_LD | BPF_MEM, 0);
    add(BPF_ALU | BPF_MUL | BPF_K, kMultiplier);
    add(BPF_ALU | BPF_RSH | BPF_K, kHighHalf);
    add(BPF_RET | BPF_A, 0);
    for (const std::size_t jump : if_true_)
      code_[jump].jt = static_cast<std::uint8_t>(finish - jump - 1);
    for (const std::size_t jump : if_false_)
      code_[jump].jf = static_cast<std::uint8_t>(finish - jump - 1);
  }
  [[nodiscard]] sock_fprog view() noexcept {
    return {static_cast<unsigned short>(code_.size()), code_.data()};
  }

 private:
  /// RFC 791 3.1: addresses; then ports, unless there are options, a fragment, or not TCP.
  void add_ipv4() {
    add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL));
    const std::size_t test = code_.size();
    add(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP);
    mix_word(12);
    mix_word(16);
    load(BPF_B, 0);
    finish_unless(0x45);
    load(BPF_H, 6);
    finish_if_any(0x3fff);
    load(BPF_B, 9);
    finish_unless(IPPROTO_TCP);
    mix_ports(20);
    add(BPF_LD | BPF_IMM, 0);
    finish_unless(1);
    code_[test].jf = static_cast<std::uint8_t>(code_.size() - test - 1);
  }
  /// RFC 8200 3: addresses; then ports, unless an extension header or not TCP follows.
  void add_ipv6() {
    add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL));
    finish_unless(ETH_P_IPV6);
    for (int offset = 8; offset < 40; offset += 4) mix_word(offset);
    load(BPF_B, 6);
    finish_unless(IPPROTO_TCP);
    mix_ports(40);
  }
  void mix_word(int offset) {
    load(BPF_W, offset);
    mix();
  }
  void mix_ports(int offset) {
    load(BPF_H, offset);
    mix();
    load(BPF_H, offset + 2);
    mix();
  }
  void mix() {
    add(BPF_LDX | BPF_MEM, 0);
    add(BPF_ALU | BPF_XOR | BPF_X, 0);
    add(BPF_ST, 0);
  }
  void load(unsigned size, int offset) {
    add(BPF_LD | size | BPF_ABS, static_cast<std::uint32_t>(SKF_NET_OFF + offset));
  }
  void finish_unless(std::uint32_t value) {
    if_false_.push_back(code_.size());
    add(BPF_JMP | BPF_JEQ | BPF_K, value);
  }
  void finish_if_any(std::uint32_t bits) {
    if_true_.push_back(code_.size());
    add(BPF_JMP | BPF_JSET | BPF_K, bits);
  }
  void add(unsigned operation, std::uint32_t operand) {
    code_.push_back({static_cast<std::uint16_t>(operation), 0, 0, operand});
  }

  std::vector<sock_filter> code_;
  std::vector<std::size_t> if_true_;   ///< Jumps whose true branch leads to the end ...
  std::vector<std::size_t> if_false_;  ///< ... and whose false branch does.
};

}  // namespace

unsigned owner_of(std::span<const std::byte> frame, unsigned workers, unsigned otherwise) noexcept {
  Segment segment;
  if (parse_frame(frame, segment) != FrameKind::tcp) return otherwise;
  // XOR commutes: both directions come to the same word. The prefix of mapped IPv4 cancels out.
  const std::uint32_t ports =
      static_cast<std::uint32_t>(segment.source.port ^ segment.destination.port);
  const std::uint32_t word =
      fold(segment.source.address) ^ fold(segment.destination.address) ^ ports;
  return ((word * kMultiplier) >> kHighHalf) % workers;
}

bool steer_in_kernel(int socket) noexcept {
  OwnerProgram program;
  const sock_fprog view = program.view();
  return setsockopt(socket, SOL_PACKET, PACKET_FANOUT_DATA, &view, sizeof view) == 0;
}

}  // namespace gimbal
