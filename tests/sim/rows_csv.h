#pragma once

#include <string>
#include <vector>

#include "sim/table.h"

namespace gimbal::sim {

/// The rows for programs to read: a head line, then one line a row. Units are in the names.
[[nodiscard]] std::string rows_csv(const std::vector<Row>& rows);

}  // namespace gimbal::sim
