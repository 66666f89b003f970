#pragma once

#include <string_view>

#include "base/result.h"
#include "config/json_reader.h"
#include "impair/direction_config.h"
#include "model_store.h"

namespace gimbal::impair {

/// Readers of the single models; each fails through its reader.
Jitter read_jitter(const JsonReader& in, ModelStore& store);
Loss read_loss(const JsonReader& in);
const RateTrace* read_trace(const JsonReader& in, ModelStore& store);
Regimes read_regimes(const JsonReader& in, ModelStore& store);
Corruption read_corruption(const JsonReader& in);
Aqm read_aqm(const JsonReader& in);
Policer read_policer(const JsonReader& in);
Steps read_steps(const JsonReader& in);
TrafficMatch read_match(const JsonReader& in);
/// A match of nothing but the prefix `text`; the error has no `where`.
Result<TrafficMatch> parse_prefix_match(std::string_view text);

/// Milliseconds, 0 to ten minutes, to the nanosecond.
Nanos read_span(const JsonReader& in);
BitRate read_rate(const JsonReader& in);
double read_percent(const JsonReader& in);
std::uint32_t read_kbytes(const JsonReader& in);

[[nodiscard]] std::string_view name_of(JitterKind kind) noexcept;
[[nodiscard]] std::string_view name_of(Order order) noexcept;

}  // namespace gimbal::impair
