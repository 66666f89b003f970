#include "shaper/ack_stock.h"

namespace gimbal {

Seq32 AckStock::end(const View& view) noexcept {
  const Instant before = wake_;
  wake_ = Instant::never();
  if (view.room >= static_cast<std::int32_t>(kSegments * view.mss)) return view.newest;
  if (view.room >= static_cast<std::int32_t>(2 * view.mss)) {
    const Instant settled = view.data_at + kSettle + view.near_rtt;
    if (settled <= view.now) return view.newest;
    wake_ = settled;
    return view.kept;
  }
  const Instant shut = view.data_at + kStep;
  Instant due = before == Instant::never() ? shut : max(before, shut);
  Seq32 end = view.kept;
  if (view.repeated || due <= view.now) {
    end = min(view.newest, max(view.kept, view.next));
    due = view.now + kStep;
  }
  if (view.next <= view.newest) wake_ = due;
  return end;
}

}  // namespace gimbal
