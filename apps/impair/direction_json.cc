#include "direction_json.h"

#include "model_json.h"

namespace gimbal::impair {
namespace {

using nlohmann::json;

double to_ms(Nanos span) { return static_cast<double>(span.count()) / 1e6; }

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

Holds read_holds(const JsonReader& in) {
  const Outages spell = read_outages(in);
  return Holds{spell.every, spell.lasting};
}

Batches read_batches(const JsonReader& in) {
  in.allow_only({"period_ms"});
  return Batches{read_span(in.at("period_ms"))};
}

Gap read_gap(const JsonReader& in) {
  in.allow_only({"every", "percent"});
  Gap gap;
  gap.every = in.at("every").integer<std::uint32_t>(1, 1'000'000);
  if (const auto percent = in.find("percent")) gap.probability = read_percent(*percent);
  return gap;
}

void read_treatment(const JsonReader& in, ModelStore& store, Treatment& out) {
  if (const auto delay = in.find("delay_ms")) out.delay = read_span(*delay);
  if (const auto jitter = in.find("jitter")) out.jitter = read_jitter(*jitter, store);
  if (const auto loss = in.find("loss")) out.loss = read_loss(*loss);
  if (const auto regimes = in.find("regimes")) out.regimes = read_regimes(*regimes, store);
  if (const auto steps = in.find("steps")) out.steps = read_steps(*steps);
  if (const auto hold = in.find("hold")) out.holds = read_holds(*hold);
  if (const auto gap = in.find("reorder_gap")) out.gap = read_gap(*gap);
  if (const auto copies = in.find("duplicate_percent")) out.duplication = read_percent(*copies);
  if (const auto corrupt = in.find("corrupt")) out.corruption = read_corruption(*corrupt);
  if (const auto mtu = in.find("mtu_bytes")) out.mtu = mtu->integer<std::uint32_t>(0, 65535);
}

void read_link(const JsonReader& in, ModelStore& store, LinkConfig& out) {
  if (const auto rate = in.find("rate_mbit")) out.rate = read_rate(*rate);
  if (const auto trace = in.find("trace")) {
    out.trace = read_trace(*trace, store);
    if (!out.rate.is_zero()) trace->fail("takes the place of rate_mbit: give one of them");
  }
  if (const auto queue = in.find("queue_kbytes")) out.queue_bytes = read_kbytes(*queue);
  if (const auto queue = in.find("queue_packets")) {
    out.queue_packets = queue->integer<std::uint32_t>(0, 10'000'000);
  }
  if (const auto queue = in.find("queue_ms")) out.queue_time = read_span(*queue);
  if (const auto aqm = in.find("aqm")) out.aqm = read_aqm(*aqm);
}

TrafficClass read_class(const JsonReader& in, ModelStore& store) {
  in.allow_only({"match", "delay_ms", "jitter", "loss", "regimes", "steps", "hold", "reorder_gap",
                 "corrupt", "mtu_bytes", "trace", "rate_mbit", "duplicate_percent", "queue_packets",
                 "queue_ms", "aqm", "queue_kbytes"});
  TrafficClass out;
  out.match = read_match(in.at("match"));
  read_treatment(in, store, out.treatment);
  read_link(in, store, out.link);
  return out;
}

}  // namespace

DirectionConfig read_direction(const JsonReader& in, ModelStore& store) {
  in.allow_only({"delay_ms",     "jitter",        "loss",        "regimes",
                 "steps",        "hold",          "reorder_gap", "duplicate_percent",
                 "corrupt",      "mtu_bytes",     "rate_mbit",   "trace",
                 "queue_kbytes", "queue_packets", "queue_ms",    "aqm",
                 "outages",      "stalls",        "batch",       "flap",
                 "policer",      "classes"});
  DirectionConfig config;
  read_treatment(in, store, config);
  read_link(in, store, config);
  if (const auto stalls = in.find("stalls")) {
    const Spell spell = read_spell(*stalls);
    config.stalls = Stalls{spell.every, spell.lasting};
  }
  if (const auto batch = in.find("batch")) config.batches = read_batches(*batch);
  if (const auto flap = in.find("flap")) config.flap = read_outages(*flap);
  if (const auto outages = in.find("outages")) {
    config.outages = read_outages(*outages);
    if (config.trace != nullptr && config.outages.on()) {
      outages->fail("cannot be with a trace: write the holes as rate 0 into the trace");
    }
  }
  if (const auto policer = in.find("policer")) config.policer = read_policer(*policer);
  if (const auto classes = in.find("classes")) {
    config.class_count = classes->size(0, DirectionConfig::kMostClasses);
    for (std::size_t i = 0; i < config.class_count; ++i) {
      config.classes[i] = read_class(classes->at(i), store);
    }
  }
  return config;
}

json describe(const DirectionConfig& config, const json& document) {
  const bool bernoulli = config.loss.kind == LossKind::bernoulli;
  json out = {
      {"rate_mbit", static_cast<double>(config.rate.bits_per_second()) / 1e6},
      {"queue_kbytes", static_cast<double>(config.queue_bytes) / 1e3},
      {"delay_ms", to_ms(config.delay)},
      {"jitter",
       {{"kind", name_of(config.jitter.kind)},
        {"ms", to_ms(config.jitter.scale)},
        {"shape", config.jitter.shape},
        {"order", name_of(config.jitter.order)}}},
      {"loss",
       {{"kind", bernoulli && config.loss.probability > 0 ? "bernoulli" : "none"},
        {"percent", bernoulli ? config.loss.probability * 100 : 0.0}}},
      {"stalls",
       {{"every_ms", to_ms(config.stalls.every)}, {"lasting_ms", to_ms(config.stalls.lasting)}}},
      {"batch", {{"period_ms", to_ms(config.batches.period)}}},
      {"outages",
       {{"every_ms", to_ms(config.outages.every)}, {"lasting_ms", to_ms(config.outages.lasting)}}}};
  // What was written stands as it was written; only the rest is spelled out.
  out.update(document, true);
  return out;
}

}  // namespace gimbal::impair
