#pragma once

#include <string>
#include <vector>

#include "sim/table.h"

namespace gimbal::sim {

/// Most of a link's rate that payload can fill (full frames), less the share of time it is dark.
[[nodiscard]] double carries_mbit(const Profile& path);

/// For rows that have a row of box `off` beside them (same path, sender and seed): of each other
/// box, how many runs keep 0.98 of off, quantiles of what they use of the link with off beside,
/// and the worst ones in words. Empty without such rows.
[[nodiscard]] std::string print_drawn(const std::vector<Row>& rows);

}  // namespace gimbal::sim
