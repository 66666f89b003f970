#pragma once

#include <string>

#include "impair/truth_log.h"

namespace gimbal::impair {

/// "carried: 12.345 ms, queue 3.021 ms behind 45420 bytes, class 2, corrupted" or "lost:
/// random_loss, ...": what became of one packet, for a person.
std::string fate_text(const TruthRecord& record);

}  // namespace gimbal::impair
