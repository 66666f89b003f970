#include "model_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace gimbal::impair {
namespace {

constexpr double kLongestMs = 600'000;
constexpr double kFastestMbit = 400'000;
constexpr double kLargestKbytes = 4'000'000;
constexpr std::size_t kMostInline = 100'000;

constexpr std::array<JsonReader::Choice<JitterKind>, 8> kKinds{{
    {"none", JitterKind::none},
    {"uniform", JitterKind::uniform},
    {"normal", JitterKind::normal},
    {"exponential", JitterKind::exponential},
    {"pareto", JitterKind::pareto},
    {"pareto_normal", JitterKind::pareto_normal},
    {"table", JitterKind::table},
    {"samples", JitterKind::table},
}};
constexpr std::array<JsonReader::Choice<Order>, 2> kOrders{
    {{"fifo", Order::fifo}, {"reorder", Order::reorder}}};

enum class LossName { none, bernoulli, gilbert_elliott, every_nth, bursts };
constexpr std::array<JsonReader::Choice<LossName>, 5> kLosses{
    {{"none", LossName::none},
     {"bernoulli", LossName::bernoulli},
     {"gilbert_elliott", LossName::gilbert_elliott},
     {"every_nth", LossName::every_nth},
     {"bursts", LossName::bursts}}};

constexpr std::array<JsonReader::Choice<AqmKind>, 3> kAqms{
    {{"none", AqmKind::none}, {"codel", AqmKind::codel}, {"threshold", AqmKind::threshold}}};

template <class Enum, std::size_t n>
Enum choose(const JsonReader& in, const std::array<JsonReader::Choice<Enum>, n>& choices) {
  return in.choice(std::span<const JsonReader::Choice<Enum>>{choices});
}

double percent_or(const JsonReader& in, std::string_view key, double otherwise) {
  const auto found = in.find(key);
  return found ? read_percent(*found) : otherwise;
}

/// The table of kinds `table` (netem's format, a file) and `samples` (a file or values).
const DelayTable* read_table(const JsonReader& in, bool samples, ModelStore& store) {
  using Format = ModelStore::TableFormat;
  const auto values = in.find("values_ms");
  if (samples && values) {
    DelayTable table;
    const std::size_t count = values->size(1, kMostInline);
    for (std::size_t i = 0; i < count; ++i) {
      table.values.push_back(values->at(i).number(-kLongestMs, kLongestMs));
    }
    std::sort(table.values.begin(), table.values.end());
    return table.values.empty() ? nullptr : store.keep(std::move(table));
  }
  const auto file = in.find("file");
  if (!file) {
    in.fail(samples ? "samples need a file or values_ms" : "a table needs a file");
    return nullptr;
  }
  const std::string name = file->text(1, 4096);
  if (in.failed()) return nullptr;
  const auto table = store.table(name, samples ? Format::samples : Format::netem);
  if (table) return table.value();
  file->fail(table.error().message());
  return nullptr;
}

const RateTrace* read_intervals(const JsonReader& in, Nanos period, ModelStore& store) {
  std::vector<Nanos> at;
  std::vector<double> mbit;
  const std::size_t count = in.size(1, kMostInline);
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    const JsonReader row = in.at(i);
    if (row.size(2, 2) != 2) return nullptr;
    const Nanos begins{std::llround(row.at(std::size_t{0}).number(0, 1e6) * 1e9)};
    if (i == 0 ? begins != Nanos{} : begins <= at.back()) {
      row.at(std::size_t{0}).fail_value("times must begin with 0 and ascend");
    }
    if (begins >= period) row.at(std::size_t{0}).fail_value("must be below period_s");
    at.push_back(begins);
    mbit.push_back(row.at(std::size_t{1}).number(0, kFastestMbit));
  }
  if (in.failed()) return nullptr;
  if (std::none_of(mbit.begin(), mbit.end(), [](double rate) { return rate > 0; })) {
    in.fail("no rate above 0: the link would never serve");
    return nullptr;
  }
  return store.keep(RateTrace::intervals(std::move(at), mbit, period));
}

}  // namespace

Nanos read_span(const JsonReader& in) {
  // Rounded, so that 0.1 ms is 100,000 ns and describes itself as 0.1 again.
  return Nanos{std::llround(in.number(0, kLongestMs) * 1e6)};
}
BitRate read_rate(const JsonReader& in) {
  return BitRate{std::llround(in.number(0, kFastestMbit) * 1e6)};
}
double read_percent(const JsonReader& in) { return in.number(0, 100) / 100; }
std::uint32_t read_kbytes(const JsonReader& in) {
  return static_cast<std::uint32_t>(std::llround(in.number(0, kLargestKbytes) * 1e3));
}

Jitter read_jitter(const JsonReader& in, ModelStore& store) {
  in.allow_only({"kind", "ms", "shape", "order", "correlation", "file", "values_ms"});
  Jitter jitter;
  const auto kind = in.at("kind");
  jitter.kind = choose(kind, kKinds);
  const bool samples = kind.raw() == "samples";
  if (samples) jitter.scale = Nanos::millis(1);
  if (const auto scale = in.find("ms")) jitter.scale = read_span(*scale);
  if (const auto shape = in.find("shape")) {
    jitter.shape = shape->number(0, 1000);
    if (jitter.shape <= 0) shape->fail_value("must be above 0");
  }
  if (const auto order = in.find("order")) jitter.order = choose(*order, kOrders);
  if (const auto rho = in.find("correlation")) jitter.correlation = rho->number(0, 0.99999);
  if (jitter.kind == JitterKind::table) jitter.table = read_table(in, samples, store);
  if (jitter.table == nullptr && jitter.kind == JitterKind::table) jitter.kind = JitterKind::none;
  return jitter;
}

Loss read_loss(const JsonReader& in) {
  in.allow_only({"kind", "percent", "p_percent", "r_percent", "good_loss_percent",
                 "bad_loss_percent", "every", "packets"});
  constexpr std::uint32_t kMost = 1'000'000;
  Loss loss;
  const double percent = percent_or(in, "percent", 0);
  switch (choose(in.at("kind"), kLosses)) {
    case LossName::none:
      break;
    case LossName::bernoulli:
      loss.probability = percent;
      break;
    case LossName::gilbert_elliott:
      loss.kind = LossKind::gilbert_elliott;
      loss.to_bad = read_percent(in.at("p_percent"));
      loss.to_good = read_percent(in.at("r_percent"));
      loss.good_loss = percent_or(in, "good_loss_percent", 0);
      loss.bad_loss = percent_or(in, "bad_loss_percent", 1);
      break;
    case LossName::every_nth:
      loss.kind = LossKind::every_nth;
      loss.count = in.at("every").integer<std::uint32_t>(1, kMost);
      break;
    case LossName::bursts:
      loss.kind = LossKind::bursts;
      loss.probability = percent;
      loss.count = in.at("packets").integer<std::uint32_t>(1, kMost);
      break;
  }
  return loss;
}

const RateTrace* read_trace(const JsonReader& in, ModelStore& store) {
  using Format = ModelStore::TraceFormat;
  in.allow_only({"mahimahi", "csv", "intervals", "period_s"});
  const auto mahimahi = in.find("mahimahi");
  const auto csv = in.find("csv");
  const auto intervals = in.find("intervals");
  if ((mahimahi ? 1 : 0) + (csv ? 1 : 0) + (intervals ? 1 : 0) != 1) {
    in.fail("must have one of mahimahi (a file), csv (a file), intervals");
    return nullptr;
  }
  if (intervals) {
    const Nanos period{std::llround(in.at("period_s").number(1e-3, 1e6) * 1e9)};
    return read_intervals(*intervals, period, store);
  }
  const JsonReader& named = mahimahi ? *mahimahi : *csv;
  const std::string file = named.text(1, 4096);
  if (in.failed()) return nullptr;
  const auto trace = store.trace(file, mahimahi ? Format::mahimahi : Format::csv);
  if (trace) return trace.value();
  named.fail(trace.error().message());
  return nullptr;
}

Regimes read_regimes(const JsonReader& in, ModelStore& store) {
  Regimes regimes;
  regimes.count = in.size(2, Regimes::kMost);
  for (std::size_t i = 0; i < regimes.count; ++i) {
    const JsonReader one = in.at(i);
    one.allow_only({"mean_ms", "delay_ms", "jitter", "loss"});
    Regime& regime = regimes.all[i];
    regime.mean_stay = read_span(one.at("mean_ms"));
    if (!in.failed() && regime.mean_stay <= Nanos{})
      one.at("mean_ms").fail_value("must be above 0");
    if (const auto delay = one.find("delay_ms")) regime.delay = read_span(*delay);
    if (const auto jitter = one.find("jitter")) regime.jitter = read_jitter(*jitter, store);
    if (const auto loss = one.find("loss")) regime.loss = read_loss(*loss);
  }
  return regimes;
}

Corruption read_corruption(const JsonReader& in) {
  in.allow_only({"percent", "bits", "repair_checksum"});
  Corruption corruption;
  corruption.probability = read_percent(in.at("percent"));
  if (const auto bits = in.find("bits")) corruption.bits = bits->integer<std::uint32_t>(1, 1000);
  if (const auto repair = in.find("repair_checksum")) corruption.repair = repair->boolean();
  return corruption;
}

Aqm read_aqm(const JsonReader& in) {
  in.allow_only({"kind", "target_ms", "interval_ms", "ecn"});
  Aqm aqm;
  aqm.kind = choose(in.at("kind"), kAqms);
  if (const auto target = in.find("target_ms")) aqm.target = read_span(*target);
  if (const auto interval = in.find("interval_ms")) {
    aqm.interval = read_span(*interval);
    if (!in.failed() && aqm.interval <= Nanos{}) interval->fail_value("must be above 0");
  }
  if (const auto ecn = in.find("ecn")) aqm.ecn = ecn->boolean();
  return aqm;
}

Policer read_policer(const JsonReader& in) {
  in.allow_only({"rate_mbit", "burst_kbytes"});
  Policer policer{read_rate(in.at("rate_mbit")), read_kbytes(in.at("burst_kbytes"))};
  constexpr std::uint32_t kFullFrame = 1514;
  if (!in.failed() && !policer.rate.is_zero() && policer.burst_bytes < kFullFrame) {
    in.at("burst_kbytes").fail_value("must be at least 1.514, or no full frame ever passes");
  }
  return policer;
}

Steps read_steps(const JsonReader& in) {
  in.allow_only({"every_ms", "low_ms", "high_ms"});
  const Steps steps{read_span(in.at("every_ms")), read_span(in.at("low_ms")),
                    read_span(in.at("high_ms"))};
  if (!in.failed() && steps.high < steps.low) {
    in.at("high_ms").fail_value("must not be below low_ms");
  }
  return steps;
}

std::string_view name_of(JitterKind kind) noexcept {
  return kKinds[static_cast<std::size_t>(kind)].name;
}
std::string_view name_of(Order order) noexcept {
  return kOrders[static_cast<std::size_t>(order)].name;
}

}  // namespace gimbal::impair
