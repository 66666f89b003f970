#pragma once

#include <cstdint>

#include "probe/socket.h"

namespace gimbal::probe {

/// One request and its answer, as a client asks for it. Both directions carry the pattern of
/// `seed`.
struct Exchange {
  std::uint64_t upload{0};       ///< Bytes sent with the request.
  std::uint64_t chunk{0};        ///< Bytes of each chunk of the answer.
  std::uint32_t chunks{1};       ///< The answer comes in so many.
  std::uint32_t think_us{0};     ///< The server waits so long before the first,
  std::uint32_t interval_us{0};  ///< and computes so long at each further one.
  bool duplex{false};            ///< The answer does not wait for the upload.
  std::uint64_t seed{0};

  [[nodiscard]] std::uint64_t answer() const noexcept { return chunk * chunks; }
};

/// How an exchange ended.
enum class Outcome : std::uint8_t {
  right,     ///< Answered, and every byte of both directions was the right one.
  mismatch,  ///< Answered, but not with the right bytes, or the server received wrong ones.
  broken,    ///< The connection ended or was reset.
};

/// Told by the connections of a pool, in the thread of their event loop. `slot` is the place in the
/// pool that carried the exchange.
class ExchangeListener {
 public:
  virtual ~ExchangeListener() = default;
  /// Chunk `index` (from 0) of the answer has arrived whole.
  virtual void on_chunk(std::uint32_t slot, std::uint32_t index, Clock::time_point now) = 0;
  /// The exchange has ended; the slot is free unless broken.
  virtual void on_done(std::uint32_t slot, Outcome outcome, Clock::time_point now) = 0;
};

}  // namespace gimbal::probe
