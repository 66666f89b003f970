#include "io_dpdk/steering.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "io_dpdk/flow_owner.h"

namespace gimbal {
namespace {

// What one worker may bring while another gets no time on a shared core.
constexpr unsigned kRingSlots = 4096;

}  // namespace

Steering::Steering(unsigned workers)
    : workers_{workers},
      rings_(std::size_t{workers} * workers * kPortCount),
      seats_{std::make_unique<Seat[]>(workers)} {}

Result<std::unique_ptr<Steering>> Steering::create(unsigned workers) {
  std::unique_ptr<Steering> steering{new Steering{workers}};
  for (std::size_t i = 0; i < steering->rings_.size(); ++i) {
    const std::string name = "handover_" + std::to_string(i);
    steering->rings_[i] =
        rte_ring_create(name.c_str(), kRingSlots, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
    if (steering->rings_[i] == nullptr)
      return Error{"workers.cores", std::string{"no hand-over ring: "} + rte_strerror(rte_errno)};
  }
  for (unsigned w = 0; w < workers; ++w) {
    steering->seats_[w].descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (steering->seats_[w].descriptor < 0)
      return Error{"workers.cores", std::string{"no event descriptor: "} + std::strerror(errno)};
  }
  return steering;
}

Steering::~Steering() {
  for (rte_ring* ring : rings_) {
    void* left = nullptr;
    while (ring != nullptr && rte_ring_dequeue(ring, &left) == 0)
      rte_pktmbuf_free(static_cast<rte_mbuf*>(left));
    rte_ring_free(ring);
  }
  for (unsigned w = 0; w < workers_; ++w)
    if (seats_[w].descriptor >= 0) close(seats_[w].descriptor);
}

rte_ring*& Steering::ring(unsigned from, unsigned to, PortId port) noexcept {
  return rings_[(std::size_t{from} * workers_ + to) * kPortCount + static_cast<std::size_t>(port)];
}

std::size_t Steering::settle(unsigned self, PortId port, std::span<rte_mbuf*> burst,
                             std::size_t n) noexcept {
  std::size_t kept = 0;
  seats_[self].overflow_count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    rte_mbuf* mbuf = burst[i];
    const auto* data = rte_pktmbuf_mtod(mbuf, const std::byte*);
    const unsigned owner = owner_of({data, rte_pktmbuf_data_len(mbuf)}, workers_, self);
    if (owner == self)
      burst[kept++] = mbuf;
    else
      hand_over(self, owner, port, mbuf);
  }
  for (unsigned from = 0; from < workers_ && kept < burst.size(); ++from) {
    if (from == self) continue;
    void** room = reinterpret_cast<void**>(burst.data() + kept);
    kept += rte_ring_sc_dequeue_burst(ring(from, self, port), room,
                                      static_cast<unsigned>(burst.size() - kept), nullptr);
  }
  return kept;
}

void Steering::hand_over(unsigned self, unsigned owner, PortId port, rte_mbuf* mbuf) noexcept {
  Seat& own = seats_[self];
  if (rte_ring_sp_enqueue(ring(self, owner, port), mbuf) != 0) [[unlikely]] {
    own.overflow[own.overflow_count++] = mbuf;
    own.overflowed.store(own.overflowed.load(std::memory_order_relaxed) + 1,
                         std::memory_order_relaxed);
    return;
  }
  own.handed_over.store(own.handed_over.load(std::memory_order_relaxed) + 1,
                        std::memory_order_relaxed);
  // Pairs with may_sleep: either we see it asleep, or it sees the packet.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  Seat& other = seats_[owner];
  if (other.asleep.load(std::memory_order_relaxed) &&
      other.asleep.exchange(false, std::memory_order_relaxed)) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(other.descriptor, &one, sizeof one);
  }
}

bool Steering::may_sleep(unsigned self) noexcept {
  seats_[self].asleep.store(true, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  for (unsigned from = 0; from < workers_; ++from)
    for (const PortId port : {PortId::lan, PortId::wan})
      if (from != self && rte_ring_empty(ring(from, self, port)) == 0)
        return seats_[self].asleep.store(false, std::memory_order_relaxed), false;
  return true;
}

void Steering::woke(unsigned self) noexcept {
  seats_[self].asleep.store(false, std::memory_order_relaxed);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(seats_[self].descriptor, &count, sizeof count);
}

int Steering::descriptor(unsigned self) const noexcept { return seats_[self].descriptor; }

std::uint64_t Steering::handed_over(unsigned self) const noexcept {
  return seats_[self].handed_over.load(std::memory_order_relaxed);
}

std::uint64_t Steering::overflowed(unsigned self) const noexcept {
  return seats_[self].overflowed.load(std::memory_order_relaxed);
}

std::span<rte_mbuf* const> Steering::overflow(unsigned self) const noexcept {
  return {seats_[self].overflow.data(), seats_[self].overflow_count};
}

}  // namespace gimbal
