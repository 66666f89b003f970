#include "probe/requirement.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace gimbal::probe {
namespace {

using Comparison = Requirement::Comparison;

bool compare(double value, Comparison comparison, double limit) {
  switch (comparison) {
    case Comparison::less:
      return value < limit;
    case Comparison::at_most:
      return value <= limit;
    case Comparison::greater:
      return value > limit;
    case Comparison::at_least:
      return value >= limit;
  }
  return false;
}

std::string in_words(const Figure& figure) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6g%s%s", figure.value, figure.unit.empty() ? "" : " ",
                figure.unit.c_str());
  return text;
}

/// Words with dots between them, none empty.
bool is_path(const std::string& path) {
  const auto allowed = [](char c) { return c > ' ' && c != '<' && c != '>' && c != '='; };
  return path.find('.') != std::string::npos && path.front() != '.' && path.back() != '.' &&
         path.find("..") == std::string::npos && std::all_of(path.begin(), path.end(), allowed);
}

}  // namespace

std::string Requirement::figure_of(const std::string& workload, const std::string& name) const {
  // The run's name first: it may itself contain a dot, or begin as the workload does.
  for (const std::string& owner : {name, workload})
    if (path.size() > owner.size() + 1 && path.starts_with(owner + "."))
      return path.substr(owner.size() + 1);
  return {};
}

Result<Requirement> parse_requirement(const std::string& text) {
  const Error malformed{
      "--require " + text,
      "write WORKLOAD.FIGURE<LIMIT, as in barrier.p99<60ms, tokens.ttft.p99<=0.5s "
      "or bulk.goodput_mbit>65"};
  std::string packed;
  for (const char c : text)
    if (c != ' ') packed.push_back(c);
  const std::size_t sign = packed.find_first_of("<>");
  if (sign == std::string::npos) return malformed;
  Requirement requirement;
  requirement.text = text;
  requirement.path = packed.substr(0, sign);
  if (requirement.path.empty() || !is_path(requirement.path)) return malformed;
  const bool equal = sign + 1 < packed.size() && packed[sign + 1] == '=';
  if (packed[sign] == '<')
    requirement.comparison = equal ? Comparison::at_most : Comparison::less;
  else
    requirement.comparison = equal ? Comparison::at_least : Comparison::greater;
  const char* number = packed.c_str() + sign + (equal ? 2 : 1);
  char* unit = nullptr;
  requirement.limit = std::strtod(number, &unit);
  requirement.unit = unit;
  if (unit == number || !std::isfinite(requirement.limit)) return malformed;
  if (!requirement.unit.empty() && !milliseconds_per(requirement.unit)) return malformed;
  return requirement;
}

Judgement judge(const Requirement& requirement, const Result<Figure>& figure) {
  if (!figure) return {false, figure.error().message()};
  Judgement judgement{false, in_words(figure.value())};
  double value = figure.value().value;
  double limit = requirement.limit;
  if (!requirement.unit.empty()) {
    const auto mine = milliseconds_per(figure.value().unit);
    if (!mine) {
      judgement.measured += ", which is not a time: give the limit without a unit";
      return judgement;
    }
    value *= *mine;
    limit *= milliseconds_per(requirement.unit).value_or(1);
  }
  judgement.met = compare(value, requirement.comparison, limit);
  return judgement;
}

Judgement judge(const Requirement& requirement, const RunResult& result) {
  const std::string figure = requirement.figure_of(result.workload, result.name);
  if (figure.empty())
    return {false, "nothing, this run is " + result.workload +
                       (result.name == result.workload ? "" : " named " + result.name)};
  return judge(requirement, find_figure(result, figure));
}

std::string complaint(const Requirement& requirement, const Judgement& judgement) {
  return "not met: " + requirement.text + ": measured " + judgement.measured;
}

}  // namespace gimbal::probe
