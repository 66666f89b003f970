#pragma once

#include <memory>

#include "probe/command.h"

namespace gimbal::probe {

extern const char* const kWhatifExamples;

/// `gimbal-probe whatif EDGE CORE`: builds both paths in network namespaces, runs the same
/// inference over each without and with the appliance, and answers where it should run. Needs root.
std::unique_ptr<Command> make_whatif();

}  // namespace gimbal::probe
