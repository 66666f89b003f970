#include "io_dpdk/dpdk_io.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

namespace gimbal {
namespace {

/// High enough to be chosen first on a shared core, and, unlike a real-time class, unable to
/// starve what it shares the core with.
constexpr int kSharedCoreNice = -15;

timespec to_timespec(Nanos span) noexcept {
  return {static_cast<time_t>(span.count() / 1'000'000'000), span.count() % 1'000'000'000};
}

/// A link that went down leaves an error that keeps the descriptor ready until it is read.
void clear_error(int descriptor) noexcept {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
}

}  // namespace

void prepare_worker_thread(Idle idle) noexcept {
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  if (idle == Idle::sleep)
    setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kSharedCoreNice);
}

DpdkIo::DpdkIo(std::array<Port, kPortCount> ports, rte_mempool* pool, Steering* steering,
               unsigned worker) noexcept
    : ports_{ports}, pool_{pool}, steering_{steering}, worker_{worker}, can_be_woken_{true} {
  for (const Port& port : ports_)
    if (port.receives && port.wake_descriptor < 0) can_be_woken_ = false;
}

void DpdkIo::send_untouched(PortId port, std::span<rte_mbuf* const> packets) noexcept {
  if (packets.empty()) return;
  std::array<rte_mbuf*, kBurst> out;
  std::copy(packets.begin(), packets.end(), out.begin());
  const std::size_t sent = send(port, {out.data(), packets.size()});
  for (std::size_t i = sent; i < packets.size(); ++i) rte_pktmbuf_free(out[i]);
}

void DpdkIo::sleep(Nanos longest) noexcept {
  if (steering_ != nullptr && !steering_->may_sleep(worker_)) return;
  std::array<pollfd, kPortCount + 1> watched;
  nfds_t n = 0;
  for (const Port& port : ports_)
    if (port.wake_descriptor >= 0) watched[n++] = {port.wake_descriptor, POLLIN, 0};
  if (steering_ != nullptr) watched[n++] = {steering_->descriptor(worker_), POLLIN, 0};

  const timespec timeout = to_timespec(longest);
  const int ready = ppoll(watched.data(), n, &timeout, nullptr);
  if (steering_ != nullptr) steering_->woke(worker_);
  for (nfds_t i = 0; ready > 0 && i < n; ++i)
    if ((watched[i].revents & POLLERR) != 0) clear_error(watched[i].fd);
}

}  // namespace gimbal
