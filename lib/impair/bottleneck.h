#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/rate.h"
#include "base/time.h"
#include "impair/codel.h"
#include "impair/direction_config.h"
#include "impair/rate_trace.h"
#include "impair/service_time.h"

namespace gimbal::impair {

/// A link behind a queue, dark in its outages. Service is virtual: the departure of a frame is
/// computed on arrival and kept until it has passed, so the backlog is known exactly at every
/// instant without a timer. Allocates in the constructor only.
class Bottleneck {
 public:
  enum class Answer : std::uint8_t { accepted, queue_full, aqm, memory };
  struct Service {
    Answer answer{Answer::accepted};
    bool marked{false};                     ///< Congestion Experienced (RFC 3168).
    Instant dequeued_at{Instant::never()};  ///< Its last bit leaves; accepted only.
  };

  /// `start` is the zero of outages and traces; at most `max_queued` frames wait at once.
  Bottleneck(Instant start, std::size_t max_queued);

  /// Takes the frame unless a limit of the queue or its management is against it. `ecn_capable`:
  /// its sender understands ECN. `now` must not run backwards.
  Service offer(std::uint32_t frame_bytes, bool ecn_capable, Instant now,
                const LinkConfig& config) noexcept;

  /// The trace in force changes: what is known of a place in the old one is void.
  void restart_trace() noexcept { clock_.trace = TraceCursor{}; }

  /// Frame bytes accepted and not yet gone. `now` must not run backwards.
  [[nodiscard]] std::uint64_t backlog_bytes(Instant now) noexcept;

 private:
  struct Departure {
    Instant at;
    std::uint32_t bytes;
  };
  /// Where service stands: copied to try a frame, kept when it is accepted.
  struct Clock {
    Instant free_at;  // The link is busy until then.
    ServiceTime work;
    TraceCursor trace;
  };
  void advance(Clock& clock, std::uint32_t frame_bytes, const LinkConfig& config) const noexcept;
  [[nodiscard]] Codel::Verdict manage(Nanos waited, Instant at, bool ecn_capable,
                                      const LinkConfig& config) noexcept;

  std::vector<Departure> ring_;  // Size is a power of two.
  std::uint64_t head_{0};
  std::uint64_t tail_{0};
  std::uint64_t backlog_bytes_{0};
  Instant start_;
  Clock clock_;
  Codel codel_;
};

/// The instant at which `work` of service begun at `from` is done, when the link serves only
/// outside the outages.
[[nodiscard]] Instant serve(Instant from, Nanos work, const Outages& outages,
                            Instant start) noexcept;

}  // namespace gimbal::impair
