#pragma once

#include <memory>

#include "probe/command.h"

namespace gimbal::probe {

extern const char* const kCompareExamples;

/// `gimbal-probe compare A.json B.json`: prints the rows, writes what is asked for, and exits 1
/// when a --require is not met.
std::unique_ptr<Command> make_compare();

}  // namespace gimbal::probe
