#pragma once

#include <string_view>

#include "base/result.h"
#include "impair/delay_table.h"
#include "impair/rate_trace.h"

namespace gimbal::impair {

/// Text of other tools into models. Errors have `where` = "line N"; at most 4 million values.
/// Blank lines and lines that begin with '#' are skipped; lines may end in CR LF.

/// A Mahimahi trace: one millisecond stamp per line and delivery opportunity, not descending, the
/// last above zero.
Result<RateTrace> parse_mahimahi(std::string_view text);

/// "t_s,mbit" per line: the rate from then to the next line's time. A head line of words is
/// skipped. Times ascend; the first is taken as the start of the trace; the last line only ends it
/// when it has no rate ("60,"), else its rate holds as long as the one before it.
Result<RateTrace> parse_rate_csv(std::string_view text);

/// netem's distribution tables: integers from -32768 to 32767 apart by blanks, ascending, 8192 per
/// unit of scale.
Result<DelayTable> parse_netem_table(std::string_view text);

/// Measured delays, one per line in any order, in the unit of the jitter's scale.
Result<DelayTable> parse_samples(std::string_view text);

}  // namespace gimbal::impair
