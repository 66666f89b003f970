#include "sim/path_truth.h"

#include <algorithm>

namespace gimbal::sim {

namespace {

bool congestive(impair::DropCause cause) noexcept {
  return cause == impair::DropCause::queue_full || cause == impair::DropCause::aqm ||
         cause == impair::DropCause::policed;
}

}  // namespace

void WayTruth::admitted(const impair::Admission& fate, const impair::DirectionConfig& config,
                        std::uint32_t frame_bytes, bool watched, Instant now) {
  ++open_.offered;
  open_.congestive += congestive(fate.cause);
  open_.random_losses += watched && fate.cause == impair::DropCause::random_loss;
  if (!fate.carried()) return;
  const Nanos service = config.rate > BitRate{} ? config.rate.time_for(frame_bytes) : Nanos{};
  const Nanos waited = fate.backlog_bytes == 0 ? Nanos{} : fate.dequeued_at - now - service;
  least_wait_ = min(least_wait_, max(waited, Nanos{}));
  link_free_ = fate.dequeued_at;
  open_.overtaken += watched && fate.release_at < latest_release_;
  latest_release_ = max(latest_release_, fate.release_at);
  pending_.push_back({now, fate.release_at});
  if (watched) extras_.push_back({now, fate.release_at - fate.dequeued_at - config.delay});
}

void WayTruth::close(Instant now, const impair::DirectionConfig& config) {
  Instant newest = last_arrival_;
  Instant oldest_due = Instant::never();
  std::erase_if(pending_, [&](const Pending& p) {
    if (p.released > now) {
      oldest_due = min(oldest_due, p.enqueued + config.delay);
      return false;
    }
    if (p.released >= newest) {
      newest = p.released;
      one_way_ = p.released - p.enqueued;
    }
    return true;
  });
  last_arrival_ = newest;
  const Instant since = max(last_arrival_, oldest_due);
  dark_ = oldest_due < now && since < now ? now - since : Nanos{};
  while (!extras_.empty() && extras_.front().at + kJitterWindow < now) extras_.pop_front();
  if (least_wait_ == Nanos::max()) least_wait_ = max(link_free_ - now, Nanos{});
  closed_ = open_;
  closed_.queue_ms = least_wait_.to_ms();
  open_ = PathSample{};
  least_wait_ = Nanos::max();
}

Nanos WayTruth::jitter() const {
  if (extras_.size() < 10) return Nanos{};
  std::vector<Nanos> sorted;
  sorted.reserve(extras_.size());
  for (const Extra& e : extras_) sorted.push_back(e.delay);
  const auto at = [&](std::size_t tenths) {
    const auto nth =
        sorted.begin() + static_cast<std::ptrdiff_t>((sorted.size() - 1) * tenths / 10);
    std::nth_element(sorted.begin(), nth, sorted.end());
    return *nth;
  };
  return at(9) - at(1);
}

}  // namespace gimbal::sim
