#pragma once

#include <cstddef>
#include <span>

#include "wire/segment.h"

namespace gimbal {

/// Reads the option bytes of one TCP header (0 to 40 bytes, a multiple of 4) into `options`, which
/// must be value-initialised. Accepts any bytes: what cannot be right sets `malformed` and ends the
/// walk. Internal to lib/wire; parse_frame calls it.
void parse_tcp_options(std::span<const std::byte> bytes, TcpOptions& options) noexcept;

}  // namespace gimbal
