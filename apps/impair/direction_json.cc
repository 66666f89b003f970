#include "direction_json.h"

#include <array>
#include <cmath>

namespace gimbal::impair {
namespace {

using nlohmann::json;

constexpr double kLongestMs = 600'000;
constexpr double kFastestMbit = 400'000;
constexpr double kLargestQueueKbytes = 4'000'000;

constexpr std::array<JsonReader::Choice<JitterKind>, 5> kKinds{{
    {"none", JitterKind::none},
    {"uniform", JitterKind::uniform},
    {"normal", JitterKind::normal},
    {"exponential", JitterKind::exponential},
    {"pareto", JitterKind::pareto},
}};
constexpr std::array<JsonReader::Choice<Order>, 2> kOrders{
    {{"fifo", Order::fifo}, {"reorder", Order::reorder}}};
constexpr std::array<JsonReader::Choice<bool>, 2> kLosses{{{"none", false}, {"bernoulli", true}}};

template <class Enum, std::size_t n>
Enum choose(const JsonReader& in, const std::array<JsonReader::Choice<Enum>, n>& choices) {
  return in.choice(std::span<const JsonReader::Choice<Enum>>{choices});
}

template <class Enum, std::size_t n>
std::string_view name_of(Enum value, const std::array<JsonReader::Choice<Enum>, n>& choices) {
  for (const auto& choice : choices) {
    if (choice.value == value) return choice.name;
  }
  return choices.front().name;
}

/// Rounded, so that 0.1 ms is 100,000 ns and describes itself as 0.1 again.
Nanos read_span(const JsonReader& in) {
  return Nanos{std::llround(in.number(0, kLongestMs) * 1e6)};
}
double to_ms(Nanos span) { return static_cast<double>(span.count()) / 1e6; }

Jitter read_jitter(const JsonReader& in) {
  in.allow_only({"kind", "ms", "shape", "order"});
  Jitter jitter;
  jitter.kind = choose(in.at("kind"), kKinds);
  if (const auto scale = in.find("ms")) jitter.scale = read_span(*scale);
  if (const auto shape = in.find("shape")) {
    jitter.shape = shape->number(0, 1000);
    if (jitter.shape <= 0) shape->fail_value("must be above 0");
  }
  if (const auto order = in.find("order")) jitter.order = choose(*order, kOrders);
  return jitter;
}

Loss read_loss(const JsonReader& in) {
  in.allow_only({"kind", "percent"});
  const bool on = choose(in.at("kind"), kLosses);
  const auto percent = in.find("percent");
  const double share = percent ? percent->number(0, 100) / 100 : 0.0;
  return Loss{on ? share : 0.0};
}

struct Spell {
  Nanos every;
  Nanos lasting;
};
Spell read_spell(const JsonReader& in) {
  in.allow_only({"every_ms", "lasting_ms"});
  return Spell{read_span(in.at("every_ms")), read_span(in.at("lasting_ms"))};
}

Outages read_outages(const JsonReader& in) {
  const Spell spell = read_spell(in);
  if (!in.failed() && spell.lasting > Nanos{} && spell.lasting >= spell.every) {
    in.at("lasting_ms").fail_value("must be below every_ms, or the link never comes back");
  }
  return Outages{spell.every, spell.lasting};
}

Batches read_batches(const JsonReader& in) {
  in.allow_only({"period_ms"});
  return Batches{read_span(in.at("period_ms"))};
}

}  // namespace

DirectionConfig read_direction(const JsonReader& in) {
  in.allow_only(
      {"rate_mbit", "queue_kbytes", "delay_ms", "jitter", "loss", "stalls", "batch", "outages"});
  DirectionConfig config;
  if (const auto rate = in.find("rate_mbit")) {
    config.rate = BitRate{std::llround(rate->number(0, kFastestMbit) * 1e6)};
  }
  if (const auto queue = in.find("queue_kbytes")) {
    config.queue_bytes =
        static_cast<std::uint32_t>(std::llround(queue->number(0, kLargestQueueKbytes) * 1e3));
  }
  if (const auto delay = in.find("delay_ms")) config.delay = read_span(*delay);
  if (const auto jitter = in.find("jitter")) config.jitter = read_jitter(*jitter);
  if (const auto loss = in.find("loss")) config.loss = read_loss(*loss);
  if (const auto stalls = in.find("stalls")) {
    const Spell spell = read_spell(*stalls);
    config.stalls = Stalls{spell.every, spell.lasting};
  }
  if (const auto batch = in.find("batch")) config.batches = read_batches(*batch);
  if (const auto outages = in.find("outages")) config.outages = read_outages(*outages);
  return config;
}

json describe(const DirectionConfig& config) {
  return {
      {"rate_mbit", static_cast<double>(config.rate.bits_per_second()) / 1e6},
      {"queue_kbytes", static_cast<double>(config.queue_bytes) / 1e3},
      {"delay_ms", to_ms(config.delay)},
      {"jitter",
       {{"kind", name_of(config.jitter.kind, kKinds)},
        {"ms", to_ms(config.jitter.scale)},
        {"shape", config.jitter.shape},
        {"order", name_of(config.jitter.order, kOrders)}}},
      {"loss",
       {{"kind", name_of(config.loss.probability > 0, kLosses)},
        {"percent", config.loss.probability * 100}}},
      {"stalls",
       {{"every_ms", to_ms(config.stalls.every)}, {"lasting_ms", to_ms(config.stalls.lasting)}}},
      {"batch", {{"period_ms", to_ms(config.batches.period)}}},
      {"outages",
       {{"every_ms", to_ms(config.outages.every)}, {"lasting_ms", to_ms(config.outages.lasting)}}}};
}

}  // namespace gimbal::impair
