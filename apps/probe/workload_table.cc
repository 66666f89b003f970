#include <array>

#include "probe/barrier.h"
#include "probe/bulk.h"
#include "probe/mpa.h"
#include "probe/udp.h"
#include "probe/workload.h"

namespace gimbal::probe {
namespace {

const std::array kTable{
    WorkloadRow{"barrier", "parallel reads; a step waits for the last", kBarrierExamples,
                make_barrier},
    WorkloadRow{"bulk", "flows as fast as they go", kBulkExamples, make_bulk},
    WorkloadRow{"udp", "paced datagrams both ways: jitter, loss, order", kUdpExamples, make_udp},
    WorkloadRow{"mpa", "iWARP-shaped messages with CRC32c over TCP", kMpaExamples, make_mpa},
};

}  // namespace

std::span<const WorkloadRow> workload_table() noexcept { return kTable; }

}  // namespace gimbal::probe
