#include "probe/result.h"

#include <array>
#include <stdexcept>

namespace gimbal::probe {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "gimbal-probe/1";
constexpr std::array kMembers{"format",     "workload", "name",     "seconds",
                              "parameters", "metrics",  "counters", "figures"};

json buckets_json(const Histogram& histogram) {
  json buckets = json::array();
  const auto counts = histogram.counts();
  for (std::size_t bucket = 0; bucket < counts.size(); ++bucket)
    if (counts[bucket] > 0) buckets.push_back({bucket, counts[bucket]});
  return buckets;
}

json series_json(const Metric& metric) {
  json series{{"interval_s", metric.interval_s}};
  for (const char* column : {"t_s", "count", "p50", "p99", "max"}) series[column] = json::array();
  for (const SeriesPoint& point : metric.series) {
    series["t_s"].push_back(point.t_s);
    series["count"].push_back(point.count);
    series["p50"].push_back(point.p50);
    series["p99"].push_back(point.p99);
    series["max"].push_back(point.max);
  }
  return series;
}

json metric_json(const Metric& metric) {
  json out{{"name", metric.name},
           {"unit", metric.unit},
           {"scale", metric.scale},
           {"lower_is_better", metric.lower_is_better},
           {"count", metric.histogram.count()},
           {"mean", metric.mean()},
           {"max", metric.max()},
           {"sum", metric.histogram.sum()},
           {"min_raw", metric.histogram.min()},
           {"max_raw", metric.histogram.max()},
           {"buckets", buckets_json(metric.histogram)},
           {"series", series_json(metric)}};
  for (const auto& [name, q] : kQuantiles) out[name] = metric.quantile(q);
  return out;
}

Histogram parse_histogram(const json& metric) {
  std::vector<std::uint64_t> counts;
  for (const json& pair : metric.at("buckets")) {
    const auto bucket = pair.at(0).get<std::size_t>();
    if (bucket >= Histogram::bucket_limit())
      throw std::out_of_range{"buckets: there is no bucket " + std::to_string(bucket)};
    if (bucket >= counts.size()) counts.resize(bucket + 1);
    counts[bucket] += pair.at(1).get<std::uint64_t>();
  }
  return Histogram::restore(std::move(counts), metric.at("sum").get<double>(),
                            metric.at("min_raw").get<std::uint64_t>(),
                            metric.at("max_raw").get<std::uint64_t>());
}

std::vector<SeriesPoint> parse_series(const json& series) {
  std::vector<SeriesPoint> points(series.at("t_s").size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i] = {series.at("t_s").at(i).get<double>(),
                 series.at("count").at(i).get<std::uint64_t>(),
                 series.at("p50").at(i).get<double>(), series.at("p99").at(i).get<double>(),
                 series.at("max").at(i).get<double>()};
  }
  return points;
}

Metric parse_metric(const json& in) {
  Metric metric;
  metric.name = in.at("name").get<std::string>();
  metric.unit = in.at("unit").get<std::string>();
  metric.scale = in.at("scale").get<double>();
  metric.lower_is_better = in.at("lower_is_better").get<bool>();
  metric.histogram = parse_histogram(in);
  metric.interval_s = in.at("series").at("interval_s").get<double>();
  metric.series = parse_series(in.at("series"));
  return metric;
}

}  // namespace

const Metric* RunResult::find(std::string_view metric) const noexcept {
  for (const Metric& candidate : metrics)
    if (candidate.name == metric) return &candidate;
  return nullptr;
}

bool RunResult::clean() const noexcept {
  const auto none = [&](const char* counter) {
    const auto found = counters.find(counter);
    return found == counters.end() || found->second == 0;
  };
  return none("errors") && none("mismatches");
}

json to_json(const RunResult& result) {
  json out = result.extra;
  out["format"] = kFormat;
  out["workload"] = result.workload;
  out["name"] = result.name;
  out["seconds"] = result.seconds;
  out["parameters"] = result.parameters;
  out["counters"] = result.counters;
  out["figures"] = result.figures;
  out["metrics"] = json::array();
  for (const Metric& metric : result.metrics) out["metrics"].push_back(metric_json(metric));
  return out;
}

Result<RunResult> parse_run_result(const json& document, const std::string& where) {
  if (!document.is_object() || document.value("format", "") != kFormat)
    return Error{where, std::string{"is not a result of gimbal-probe (\"format\": \""} + kFormat +
                            "\"); write one with --json"};
  std::string path;
  try {
    RunResult result;
    path = "workload", result.workload = document.at(path).get<std::string>();
    path = "name", result.name = document.at(path).get<std::string>();
    path = "seconds", result.seconds = document.at(path).get<double>();
    path = "parameters", result.parameters = document.at(path);
    path = "counters", document.at(path).get_to(result.counters);
    path = "figures", document.at(path).get_to(result.figures);
    path = "metrics";
    for (std::size_t i = 0; i < document.at("metrics").size(); ++i) {
      path = "metrics[" + std::to_string(i) + "]";
      result.metrics.push_back(parse_metric(document["metrics"][i]));
    }
    result.extra = document;
    for (const char* member : kMembers) result.extra.erase(member);
    return result;
  } catch (const std::exception& error) {
    return Error{where, path + ": " + error.what()};
  }
}

}  // namespace gimbal::probe
