// Measures a path between two interfaces of one machine: raw frames in at one, out at the other.
//   pulse FROM TO COUNT GAP_US
// One line of JSON: what came, what was doubled, overtaken or lost, and how long it took, in
// microseconds, at 1,001 quantiles. The stamp of arrival is the kernel's, both are of one clock.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::uint16_t kEtherType = 0x88b5;  // IEEE 802, for local experiments.
constexpr std::int64_t kSecond = 1'000'000'000;

struct Frame {
  std::array<std::uint8_t, 12> addresses{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
  std::uint16_t type{htons(kEtherType)};
  std::uint16_t pad{0};
  std::uint32_t number{0};
  std::uint32_t unused{0};
  std::int64_t sent{0};
  std::array<std::uint8_t, 64> rest{};
};

struct Arrival {
  std::uint32_t number;
  std::int64_t after;
};

std::int64_t ns(const timespec& at) { return at.tv_sec * kSecond + at.tv_nsec; }

std::int64_t clock_ns() {
  timespec at{};
  clock_gettime(CLOCK_REALTIME, &at);
  return ns(at);
}

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "pulse: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

int open_on(const char* interface) {
  const int opened = socket(AF_PACKET, SOCK_RAW, htons(kEtherType));
  if (opened < 0) fail("socket");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(kEtherType);
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface));
  if (bind(opened, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail(interface);
  packet_mreq all{};
  all.mr_ifindex = address.sll_ifindex;
  all.mr_type = PACKET_MR_PROMISC;
  setsockopt(opened, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all);
  const int yes = 1;
  setsockopt(opened, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
  setsockopt(opened, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes);
  const int room = 1 << 24;
  setsockopt(opened, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  setsockopt(opened, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  const timeval patience{0, 100'000};
  setsockopt(opened, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return opened;
}

void send_all(int from, std::uint32_t count, std::int64_t gap) {
  timespec next{};
  clock_gettime(CLOCK_MONOTONIC, &next);
  for (std::uint32_t number = 0; number < count; ++number) {
    Frame frame;
    frame.number = number;
    frame.sent = clock_ns();
    if (send(from, &frame, sizeof frame, 0) < 0) fail("send");
    const std::int64_t then = ns(next) + gap;
    next = timespec{then / kSecond, then % kSecond};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
  }
}

/// Until nothing came for two seconds after the last frame was sent.
std::vector<Arrival> receive_all(int to, const std::atomic<bool>& sent) {
  std::vector<Arrival> out;
  int quiet = 0;
  while (quiet < 20) {
    Frame frame;
    std::array<char, 256> control;
    iovec part{&frame, sizeof frame};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (recvmsg(to, &message, 0) < static_cast<ssize_t>(sizeof frame)) {
      quiet += sent ? 1 : 0;
      continue;
    }
    quiet = 0;
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      if (c->cmsg_type != SCM_TIMESTAMPNS) continue;
      timespec at{};
      std::memcpy(&at, CMSG_DATA(c), sizeof at);
      out.push_back(Arrival{frame.number, ns(at) - frame.sent});
    }
  }
  return out;
}

void print_runs(const std::vector<bool>& came) {
  std::array<unsigned, 20> runs{};
  std::size_t length = 0;
  for (const bool one : came) {
    if (!one) {
      ++length;
    } else if (length > 0) {
      ++runs[std::min(length, runs.size()) - 1];
      length = 0;
    }
  }
  std::printf("\"loss_runs\": [");
  for (std::size_t i = 0; i < runs.size(); ++i) std::printf("%s%u", i > 0 ? ", " : "", runs[i]);
  std::printf("], ");
}

void report(std::uint32_t count, const std::vector<Arrival>& arrivals) {
  std::vector<bool> came(count);
  std::vector<std::int64_t> delays;
  std::uint32_t next = 0;
  unsigned doubled = 0;
  unsigned overtaken = 0;
  for (const Arrival& arrival : arrivals) {
    if (arrival.number >= count) continue;
    if (came[arrival.number]) {
      ++doubled;
      continue;
    }
    came[arrival.number] = true;
    delays.push_back(arrival.after);
    overtaken += arrival.number < next ? 1 : 0;  // RFC 4737 3.3.
    next = std::max(next, arrival.number + 1);
  }
  std::sort(delays.begin(), delays.end());
  std::printf("{\"sent\": %u, \"received\": %zu, \"doubled\": %u, \"overtaken\": %u, ", count,
              delays.size(), doubled, overtaken);
  print_runs(came);
  std::printf("\"delay_us\": [");
  for (std::size_t i = 0; i <= 1000 && !delays.empty(); ++i) {
    const std::int64_t at = delays[i * (delays.size() - 1) / 1000];
    std::printf("%s%.1f", i > 0 ? ", " : "", static_cast<double>(at) * 1e-3);
  }
  std::printf("]}\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: pulse FROM TO COUNT GAP_US\n");
    return 2;
  }
  const auto count = static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10));
  const std::int64_t gap = std::strtol(argv[4], nullptr, 10) * 1000;
  const int from = open_on(argv[1]);
  const int to = open_on(argv[2]);
  std::atomic<bool> sent{false};
  std::vector<Arrival> arrivals;
  std::thread receiver{[&] { arrivals = receive_all(to, sent); }};
  send_all(from, count, gap);
  sent = true;
  receiver.join();
  report(count, arrivals);
  return 0;
}
