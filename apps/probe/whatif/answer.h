#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "probe/figure.h"
#include "probe/result.h"

namespace gimbal::probe::whatif {

/// Where the model might run: the path from its users, and how long it computes there.
struct Site {
  std::string name;  ///< "edge", "core"
  std::string scenario;
  std::vector<std::string> settings;
  double first_ms{0};  ///< From a whole prompt to the first token.
  double token_ms{0};  ///< From one token to the next.
};

inline constexpr std::size_t kSites = 2;  ///< 0 edge, 1 core
inline constexpr std::size_t kBoxes = 2;  ///< 0 without, 1 with the appliance

/// The inference asked for, the same everywhere.
struct Question {
  std::array<Site, kSites> sites;
  unsigned users{16};   ///< Who generate at once.
  unsigned tokens{32};  ///< Of each answer.
  std::uint64_t prompt_bytes{2000};
  std::uint64_t token_bytes{120};
  unsigned reads{32};  ///< Of parallel memory or shards that gate one step.
  std::uint64_t read_bytes{1400};
  double seconds{10};  ///< Of each workload in each run.
  unsigned rounds{3};
  std::uint64_t seed{1};
  std::string congestion;
  std::string mode{"auto"};
  std::string custody{"never"};

  /// What an answer takes where the network takes nothing.
  [[nodiscard]] double answer_ms(const Site& site) const noexcept {
    return site.first_ms + (tokens > 0 ? tokens - 1 : 0) * site.token_ms;
  }
};

/// One run: everything measured at one site, with or without the appliance.
struct Trial {
  std::size_t site{0};
  std::size_t box{0};
  unsigned round{0};
  RunResult tokens;
  RunResult barrier;
};

/// The same number from every round.
struct Spread {
  std::vector<double> rounds;

  [[nodiscard]] double median() const;
  [[nodiscard]] double low() const;
  [[nodiscard]] double high() const;
  /// Every round of this one lies below every round of the other.
  [[nodiscard]] bool below(const Spread& other) const { return high() < other.low(); }
};

/// One line of the answer: a number at both sites, without and with the appliance.
struct AnswerRow {
  std::string metric;  ///< "ttft", "inter_token", "request", "step", "tokens_per_s", "errors"
  std::string what;    ///< "p50", "p99"; empty for a plain number.
  std::string unit;
  bool lower_is_better{true};
  std::array<double, kSites> compute{};  ///< The part that is not network; 0 for a rate.
  std::array<std::array<Spread, kBoxes>, kSites> cells;
};

/// Where an answer is had sooner by a metric, or that it cannot be told.
enum class Place : std::uint8_t { edge, core, either };

struct Answer {
  Question question;
  std::vector<AnswerRow> rows;
  std::array<Place, kBoxes> best{};  ///< By the row judged, without and with the appliance.
  std::size_t judged{0};             ///< Index of that row.
  /// Compute time per token at the core, milliseconds, at which both sites would answer equally
  /// fast by the row judged; negative: at none.
  std::array<double, kBoxes> break_even_ms{};
  std::vector<std::string> sentences;  ///< The answer in words.
};

/// The index of the row "request.p99", "ttft.p50" ...; fails with the names there are.
Result<std::size_t> find_judged(const Question& question, const std::string& judged);
/// Whether `find_figure` would know this name in an answer to `question`.
Result<bool> check_name(const Question& question, std::string_view name);

/// `judged`: see `find_judged`. Fails when there is no such row, or no trial for some cell.
Result<Answer> find_answer(const Question& question, const std::vector<Trial>& trials,
                           const std::string& judged);

/// The median of a cell by name: "edge.off.request.p99", "core.on.tokens_per_s".
Result<Figure> find_figure(const Answer& answer, std::string_view name);

nlohmann::json to_json(const Answer& answer);

}  // namespace gimbal::probe::whatif
