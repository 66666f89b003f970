#pragma once

#include <string>
#include <vector>

#include "sim/table.h"

namespace gimbal::sim {

/// For rows with bystanders or datagrams: what each flow got while all ran, Jain's index, the share
/// of the link's payload capacity in use, and the delay of the datagrams. Empty without such rows.
[[nodiscard]] std::string print_sharing(const std::vector<Row>& rows);

/// For rows of short flows: time to complete, percentiles over seeds and flows of one cell, beside
/// the same without a box. Empty without such rows.
[[nodiscard]] std::string print_completion(const std::vector<Row>& rows);

}  // namespace gimbal::sim
