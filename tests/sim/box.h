#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "policy/policy.h"
#include "shaper/repair_limits.h"
#include "sim/frame.h"
#include "sim/loop.h"
#include "sim/witness.h"
#include "stats/counters.h"
#include "stats/flow_row.h"

namespace gimbal::sim {

/// What stands between sender and path. `off` is no box at all; the last two are `repair` with
/// custody `when-unsteady` and `always`.
enum class BoxKind : std::uint8_t { off, bypass, observe, repair, unsteady, custody };
[[nodiscard]] std::string_view to_string(BoxKind kind) noexcept;

struct BoxOptions {
  ActuatorSet actuators{};
  PortId data_from{PortId::lan};  ///< The cable the data arrives on.
  std::uint32_t packets{16384};   ///< Size of the pool.
  RepairLimits limits{};
};

/// The appliance's own worker on the virtual clock, with a witness on both cables.
class Box {
 public:
  /// `to_lan` and `to_wan` take what leaves.
  Box(Loop& loop, BoxKind kind, Sink to_lan, Sink to_wan, const BoxOptions& options);
  ~Box();

  void arrive(PortId port, Frame frame);
  /// Hands back everything held, as a clean stop does, and closes the witness's account.
  void stop();

  [[nodiscard]] const WorkerCounters& counters() const noexcept;
  [[nodiscard]] const Witness& witness() const noexcept;
  /// The half-flow carrying the server's data; false when the box knows no flow.
  [[nodiscard]] bool server_half(HalfFlowRow& row) const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace gimbal::sim
