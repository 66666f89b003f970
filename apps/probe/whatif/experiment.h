#pragma once

#include <functional>
#include <string>
#include <vector>

#include "probe/whatif/answer.h"
#include "probe/whatif/rig.h"

namespace gimbal::probe::whatif {

/// Site and box of every run, in order: each round has all four, and begins with another one, so
/// that what drifts on the machine falls on all alike.
struct Turn {
  unsigned round;
  std::size_t site;
  std::size_t box;
};
std::vector<Turn> plan_turns(unsigned rounds);

/// The arguments of the workloads of one run against a server at `address`, without the program.
Arguments tokens_arguments(const Question& question, const Site& site, const std::string& address);
Arguments barrier_arguments(const Question& question, const Site& site, const std::string& address);

/// Asks the emulator whether it understands a site's scenario. Fails with its words.
Result<bool> check_scenario(const Programs& programs, const Site& site);

/// Carries out every turn on a rig of its own, logs under `folder`. `told` hears of each finished
/// one. Fails with the first that cannot be carried through, or when this program is told to stop.
Result<std::vector<Trial>> run_trials(const Programs& programs, const Question& question,
                                      const std::string& folder,
                                      const std::function<void(const Turn&, const Trial&)>& told);

}  // namespace gimbal::probe::whatif
