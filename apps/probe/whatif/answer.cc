#include "probe/whatif/answer.h"

#include <algorithm>
#include <cmath>

#include "probe/page/text.h"

namespace gimbal::probe::whatif {
namespace {

using page::number;

constexpr std::array<const char*, kBoxes> kBoxNames{"off", "on"};

AnswerRow row(const char* metric, const char* what, const char* unit, bool lower_is_better = true) {
  AnswerRow out;
  out.metric = metric;
  out.what = what;
  out.unit = unit;
  out.lower_is_better = lower_is_better;
  return out;
}

std::vector<AnswerRow> empty_rows(const Question& question) {
  std::vector<AnswerRow> rows;
  for (const char* metric : {"ttft", "inter_token", "request", "step"})
    for (const char* what : {"p50", "p99"}) {
      rows.push_back(row(metric, what, "ms"));
      for (std::size_t site = 0; site < kSites; ++site) {
        const Site& at = question.sites[site];
        rows.back().compute[site] = std::string_view{metric} == "ttft"      ? at.first_ms
                                    : std::string_view{metric} == "request" ? question.answer_ms(at)
                                                                            : at.token_ms;
      }
    }
  rows.push_back(row("tokens_per_s", "", "/s", false));
  rows.push_back(row("errors", "", ""));
  return rows;
}

std::string name_of(const AnswerRow& row) {
  return row.metric + (row.what.empty() ? "" : "." + row.what);
}

Result<Figure> value_of(const AnswerRow& row, const Trial& trial) {
  if (row.metric == "errors") {
    const auto of = [](const RunResult& run) {
      return static_cast<double>(run.counters.at("errors"));
    };
    return Figure{of(trial.tokens) + of(trial.barrier), ""};
  }
  return probe::find_figure(row.metric == "step" ? trial.barrier : trial.tokens, name_of(row));
}

Place place_of(const AnswerRow& row, std::size_t box) {
  const Spread& edge = row.cells[0][box];
  const Spread& core = row.cells[1][box];
  if (edge.below(core)) return row.lower_is_better ? Place::edge : Place::core;
  if (core.below(edge)) return row.lower_is_better ? Place::core : Place::edge;
  return Place::either;
}

std::string range(const Spread& spread, const std::string& unit) {
  return number(spread.median()) + " (" + number(spread.low()) + " to " + number(spread.high()) +
         ") " + unit;
}

std::string where_sentence(const Answer& answer, std::size_t box) {
  const AnswerRow& row = answer.rows[answer.judged];
  const std::string with = box == 1 ? "With the appliance" : "Without the appliance";
  const std::string name = row.metric + (row.what.empty() ? "" : " " + row.what);
  const std::string figures =
      "edge " + range(row.cells[0][box], row.unit) + ", core " + range(row.cells[1][box], row.unit);
  switch (answer.best[box]) {
    case Place::edge:
      return with + ": run it at the edge. " + name + ": " + figures + ".";
    case Place::core:
      return with + ": run it in the core. " + name + ": " + figures + ".";
    case Place::either:
      break;
  }
  return with + ": these rounds do not tell the sites apart. " + name + ": " + figures + ".";
}

std::string cost_sentence(const Answer& answer, std::size_t site) {
  const AnswerRow& row = answer.rows[answer.judged];
  const auto network = [&](std::size_t box) {
    return std::max(0.0, row.cells[site][box].median() - row.compute[site]);
  };
  const double share = 100 * network(0) / std::max(row.cells[site][0].median(), 1e-9);
  return "At the " + answer.question.sites[site].name + " (" +
         answer.question.sites[site].scenario + ") the network costs " + number(network(0)) +
         " ms of " + number(row.cells[site][0].median()) + " ms (" + number(std::round(share)) +
         " %); with the appliance " + number(network(1)) + " ms of " +
         number(row.cells[site][1].median()) + " ms.";
}

std::string break_even_sentence(const Answer& answer, std::size_t box) {
  const std::string with = box == 1 ? "with the appliance" : "without the appliance";
  const double ms = answer.break_even_ms[box];
  if (ms < 0)
    return "The core's network alone takes longer than the whole answer from the edge, " + with +
           ": no faster accelerator there would catch up.";
  return "The core answers sooner while it computes a token in less than " + number(ms) + " ms " +
         with + " (asked for: " + number(answer.question.sites[1].token_ms) + " ms).";
}

/// The core's network cost stays what it is when its accelerators change: solved for their time.
double break_even(const Answer& answer, const AnswerRow& row, std::size_t box) {
  const Site& core = answer.question.sites[1];
  const double network = row.cells[1][box].median() - row.compute[1];
  const double left = row.cells[0][box].median() - network;
  if (row.metric == "request") {
    const unsigned gaps = std::max(answer.question.tokens, 2U) - 1;
    return (left - core.first_ms) / gaps;
  }
  return left;
}

void put_into_words(Answer& answer) {
  const AnswerRow& row = answer.rows[answer.judged];
  for (std::size_t box = 0; box < kBoxes; ++box)
    answer.sentences.push_back(where_sentence(answer, box));
  if (!row.lower_is_better) return;
  for (std::size_t site = 0; site < kSites; ++site)
    answer.sentences.push_back(cost_sentence(answer, site));
  if (row.metric == "ttft") return;  // It has no token in it to be computed faster.
  for (std::size_t box = 0; box < kBoxes; ++box)
    answer.sentences.push_back(break_even_sentence(answer, box));
}

}  // namespace

double Spread::median() const {
  if (rounds.empty()) return 0;
  std::vector<double> sorted = rounds;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double Spread::low() const {
  return rounds.empty() ? 0 : *std::min_element(rounds.begin(), rounds.end());
}

double Spread::high() const {
  return rounds.empty() ? 0 : *std::max_element(rounds.begin(), rounds.end());
}

Result<std::size_t> find_judged(const Question& question, const std::string& judged) {
  const auto rows = empty_rows(question);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (name_of(rows[i]) == judged && judged != "errors") return i;
  return Error{"--judge " + judged,
               "there is ttft, inter_token, request and step with .p50 or .p99, and tokens_per_s"};
}

Result<bool> check_name(const Question& question, std::string_view name) {
  Answer answer;
  answer.question = question;
  answer.rows = empty_rows(question);
  if (auto found = find_figure(answer, name); !found) return found.error();
  return true;
}

Result<Answer> find_answer(const Question& question, const std::vector<Trial>& trials,
                           const std::string& judged) {
  const auto index = find_judged(question, judged);
  if (!index) return index.error();
  Answer answer;
  answer.question = question;
  answer.rows = empty_rows(question);
  answer.judged = index.value();
  for (AnswerRow& row : answer.rows) {
    for (const Trial& trial : trials) {
      auto value = value_of(row, trial);
      if (!value) return value.error();
      row.cells[trial.site][trial.box].rounds.push_back(value.value().value);
    }
    for (const auto& site : row.cells)
      for (const Spread& cell : site)
        if (cell.rounds.empty()) return Error{"whatif", "a site has no run"};
  }
  for (std::size_t box = 0; box < kBoxes; ++box) {
    answer.best[box] = place_of(answer.rows[answer.judged], box);
    answer.break_even_ms[box] = break_even(answer, answer.rows[answer.judged], box);
  }
  put_into_words(answer);
  return answer;
}

Result<Figure> find_figure(const Answer& answer, std::string_view name) {
  for (const AnswerRow& row : answer.rows)
    for (std::size_t site = 0; site < kSites; ++site)
      for (std::size_t box = 0; box < kBoxes; ++box)
        if (name == answer.question.sites[site].name + "." + kBoxNames[box] + "." + name_of(row))
          return Figure{row.cells[site][box].median(), row.unit};
  return Error{std::string{name},
               "no such number; write edge.off.request.p99, core.on.ttft.p50 or "
               "edge.on.tokens_per_s"};
}

nlohmann::json to_json(const Answer& answer) {
  using nlohmann::json;
  constexpr std::array<const char*, 3> kPlaces{"edge", "core", "either"};
  json out{{"format", "gimbal-probe-whatif/1"},
           {"sentences", answer.sentences},
           {"rows", json::array()}};
  out["judged"] = name_of(answer.rows[answer.judged]);
  for (std::size_t box = 0; box < kBoxes; ++box) {
    out["best"][kBoxNames[box]] = kPlaces[static_cast<std::size_t>(answer.best[box])];
    out["break_even_token_ms"][kBoxNames[box]] = answer.break_even_ms[box];
  }
  for (const AnswerRow& row : answer.rows) {
    json line{{"metric", row.metric}, {"what", row.what}, {"unit", row.unit}};
    for (std::size_t site = 0; site < kSites; ++site) {
      json& at = line[answer.question.sites[site].name];
      at["compute"] = row.compute[site];
      for (std::size_t box = 0; box < kBoxes; ++box)
        at[kBoxNames[box]] = {{"median", row.cells[site][box].median()},
                              {"rounds", row.cells[site][box].rounds}};
    }
    out["rows"].push_back(std::move(line));
  }
  for (const Site& site : answer.question.sites)
    out["sites"][site.name] = {{"scenario", site.scenario},
                               {"settings", site.settings},
                               {"first_ms", site.first_ms},
                               {"token_ms", site.token_ms}};
  const Question& q = answer.question;
  out["asked"] = {{"users", q.users},
                  {"tokens", q.tokens},
                  {"prompt_bytes", q.prompt_bytes},
                  {"token_bytes", q.token_bytes},
                  {"reads", q.reads},
                  {"read_bytes", q.read_bytes},
                  {"seconds", q.seconds},
                  {"rounds", q.rounds},
                  {"seed", q.seed},
                  {"cc", q.congestion},
                  {"mode", q.mode},
                  {"custody", q.custody}};
  return out;
}

}  // namespace gimbal::probe::whatif
