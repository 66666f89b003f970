#pragma once

#include <string>
#include <vector>

#include "sim/scenario.h"

namespace gimbal::sim {

/// One cell of a matrix and what came of it.
struct Row {
  Scenario scenario;
  Outcome outcome;
};

/// The table a person reads, one line a row, columns aligned, stable to the byte for stable rows.
[[nodiscard]] std::string print_table(const std::vector<Row>& rows);

/// What the boxes counted, zeros left out, one line a row.
[[nodiscard]] std::string print_counters(const std::vector<Row>& rows);

/// How far CUBIC and BBR without a box are from what Linux was measured to do: per profile the
/// median over seeds beside the measured figure, and the rank and log correlation. Empty without
/// such rows.
[[nodiscard]] std::string print_realism(const std::vector<Row>& rows);

}  // namespace gimbal::sim
