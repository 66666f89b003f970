#include <array>

#include "probe/barrier.h"
#include "probe/bulk.h"
#include "probe/mpa.h"
#include "probe/rpc.h"
#include "probe/shards.h"
#include "probe/tokens.h"
#include "probe/udp.h"
#include "probe/workload.h"

namespace gimbal::probe {
namespace {

const std::array kTable{
    WorkloadRow{"barrier", "parallel reads; a step waits for the last", kBarrierExamples,
                make_barrier},
    WorkloadRow{"tokens", "streaming generation: first token, gaps between tokens", kTokensExamples,
                make_tokens},
    WorkloadRow{"rpc", "small requests over persistent connections", kRpcExamples, make_rpc},
    WorkloadRow{"uplink", "images and prompts upward, a small answer", kUplinkExamples,
                make_uplink},
    WorkloadRow{"shards", "all-to-all synchronisation bursts", kShardsExamples, make_shards},
    WorkloadRow{"bulk", "flows as fast as they go", kBulkExamples, make_bulk},
    WorkloadRow{"udp", "paced datagrams both ways: jitter, loss, order", kUdpExamples, make_udp},
    WorkloadRow{"mpa", "iWARP-shaped messages with CRC32c over TCP", kMpaExamples, make_mpa},
};

}  // namespace

std::span<const WorkloadRow> workload_table() noexcept { return kTable; }

}  // namespace gimbal::probe
