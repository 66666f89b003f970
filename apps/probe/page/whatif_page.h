#pragma once

#include <string>
#include <vector>

#include "probe/page/run_page.h"
#include "probe/whatif/answer.h"

namespace gimbal::probe::page {

/// Where should this model run, and what does the network cost: the answer in words, in a picture
/// of computing and waiting, in numbers with their spread, and the distributions of all rounds.
std::string whatif_page(const whatif::Answer& answer, const std::vector<whatif::Trial>& trials,
                        const std::vector<Check>& checks);

}  // namespace gimbal::probe::page
