#pragma once

#include <memory>

#include "probe/workload.h"

namespace gimbal::probe {

/// All-to-all synchronisation: in each step every shard sends --bytes to every other one, and the
/// step ends when all have all. A pair of shards is one connection that carries both directions at
/// once. Half of the shards live at the client, half at the server (`split`: only pairs across
/// cross the path), or every pair crosses it (`every`: the client stands for one end of each pair).
std::unique_ptr<Workload> make_shards();
extern const char* const kShardsExamples;

}  // namespace gimbal::probe
