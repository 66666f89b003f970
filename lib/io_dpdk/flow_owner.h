#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gimbal {

/// Which of `workers` owns the flow of this frame: the same for both directions. Only whole TCP
/// segments have an owner; `otherwise` answers for everything else, which stays in the queue, and
/// so in the order, it arrived in.
[[nodiscard]] unsigned owner_of(std::span<const std::byte> frame, unsigned workers,
                                unsigned otherwise) noexcept;

/// Gives the AF_PACKET fan-out group of `socket` the same answer as a program in the kernel: each
/// TCP segment then arrives at its owner at once. IP that is not whole TCP is spread by address
/// pair, the rest goes to the first queue. False when the kernel refuses.
[[nodiscard]] bool steer_in_kernel(int socket) noexcept;

}  // namespace gimbal
