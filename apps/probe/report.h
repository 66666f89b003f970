#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "probe/transfer.h"

namespace gimbal::probe {

/// Columns over time, one array per figure: t_ms, cwnd, ssthresh, rtt_us, unacked, retransmitted,
/// peer_window, mss, acked.
nlohmann::json describe(const Source& source);

/// Columns t_ms and bytes, and the verdict on the content: received, verified, mismatch_offset.
nlohmann::json describe(const Sink& sink);

/// Mb/s of payload received from the start of the trace to its last point.
double goodput_mbit(const nlohmann::json& sink);

}  // namespace gimbal::probe
