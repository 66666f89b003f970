#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/rate.h"
#include "base/time.h"
#include "impair/direction_config.h"

namespace gimbal::impair {

/// A link of a given rate behind a drop-tail queue, dark in its outages. Service is virtual: the
/// departure of a frame is computed on arrival and kept until it has passed, so the backlog is
/// known exactly at every instant without a timer. Allocates in the constructor only.
class Bottleneck {
 public:
  enum class Answer : std::uint8_t { accepted, queue_full, memory };

  /// `start` is the zero of the outages; at most `max_queued` frames wait at once.
  Bottleneck(Instant start, std::size_t max_queued);

  /// Takes the frame if backlog + frame fits `config.queue_bytes`, and says when its last bit
  /// leaves. `now` must not run backwards.
  Answer offer(std::uint32_t frame_bytes, Instant now, const DirectionConfig& config,
               Instant& dequeued_at) noexcept;

  /// Frame bytes accepted and not yet gone. `now` must not run backwards.
  [[nodiscard]] std::uint64_t backlog_bytes(Instant now) noexcept;

 private:
  struct Departure {
    Instant at;
    std::uint32_t bytes;
  };
  [[nodiscard]] Nanos service_time(std::uint32_t frame_bytes, BitRate rate) noexcept;

  std::vector<Departure> ring_;  // Size is a power of two.
  std::uint64_t head_{0};
  std::uint64_t tail_{0};
  std::uint64_t backlog_bytes_{0};
  Instant start_;
  Instant free_at_{};          // The link is busy until then.
  std::int64_t remainder_{0};  // Of the last division: without it the rate would drift.
};

/// The instant at which `work` of service begun at `from` is done, when the link serves only
/// outside the outages.
[[nodiscard]] Instant serve(Instant from, Nanos work, const Outages& outages,
                            Instant start) noexcept;

}  // namespace gimbal::impair
