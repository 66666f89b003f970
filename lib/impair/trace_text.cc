#include "impair/trace_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace gimbal::impair {
namespace {

constexpr std::size_t kMostValues = 4'000'000;
constexpr double kLongestSeconds = 1e6;
constexpr double kFastestMbit = 400'000;

std::string_view trim(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Whole text or nothing; "nan" and "inf" are nothing.
std::optional<double> read_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

Error complain(std::size_t line, std::string_view found, const std::string& mend) {
  std::string shown{found.substr(0, 40)};
  return Error{"line " + std::to_string(line), "'" + shown + "': " + mend};
}

/// Calls `use(line, number)` for each line that says something, until it answers an error.
template <class Use>
std::optional<Error> each_line(std::string_view text, Use use) {
  std::size_t number = 0;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty() || line.front() == '#') continue;
    if (++used > kMostValues) return complain(number, line, "too long: at most 4 million lines");
    if (auto error = use(line, number)) return error;
  }
  return std::nullopt;
}

Nanos from_seconds(double s) { return Nanos{std::llround(s * 1e9)}; }

struct CsvRows {
  std::vector<double> at_s;
  std::vector<double> mbit;  // One less than `at_s` when the last line only ends the trace.
};

std::optional<Error> read_row(std::string_view line, std::size_t number, CsvRows& rows) {
  const std::size_t comma = line.find(',');
  if (comma == std::string_view::npos) {
    return complain(number, line, "must be two numbers with a comma between: t_s,mbit");
  }
  const auto at = read_number(trim(line.substr(0, comma)));
  const auto rate_text = trim(line.substr(comma + 1));
  if (!at && rows.at_s.empty()) return std::nullopt;  // Names of the columns.
  if (!at || *at < 0 || *at > kLongestSeconds) {
    return complain(number, line, "the time must be 0 to 1000000 seconds");
  }
  if (!rows.at_s.empty() && *at <= rows.at_s.back()) {
    return complain(number, line, "times must ascend: sort the lines and drop repeated ones");
  }
  if (rows.mbit.size() < rows.at_s.size()) {
    return complain(number, line, "the line before it has no rate: only the last may go without");
  }
  rows.at_s.push_back(*at);
  if (rate_text.empty()) return std::nullopt;
  const auto rate = read_number(rate_text);
  if (!rate || *rate < 0 || *rate > kFastestMbit) {
    return complain(number, line, "the rate must be 0 to 400000 Mb/s; write 0 for a hole");
  }
  rows.mbit.push_back(*rate);
  return std::nullopt;
}

}  // namespace

Result<RateTrace> parse_mahimahi(std::string_view text) {
  std::vector<Nanos> at;
  auto error = each_line(text, [&](std::string_view line, std::size_t n) -> std::optional<Error> {
    const auto ms = read_number(line);
    if (!ms || *ms < 0 || *ms > kLongestSeconds * 1e3 || *ms != std::floor(*ms)) {
      return complain(n, line, "must be a whole number of milliseconds, 0 or more");
    }
    const Nanos stamp = Nanos::millis(static_cast<std::int64_t>(*ms));
    if (!at.empty() && stamp < at.back()) {
      return complain(n, line, "earlier than the line before it: sort the stamps");
    }
    at.push_back(stamp);
    return std::nullopt;
  });
  if (error) return *error;
  if (at.empty() || at.back() == Nanos{}) {
    return Error{"line 1", "no opportunity later than 0 ms: a trace needs at least one"};
  }
  return RateTrace::opportunities(std::move(at));
}

Result<RateTrace> parse_rate_csv(std::string_view text) {
  CsvRows rows;
  if (auto error = each_line(text, [&](std::string_view line, std::size_t number) {
        return read_row(line, number, rows);
      })) {
    return *error;
  }
  if (rows.at_s.size() < 2) return Error{"line 1", "a trace needs two lines t_s,mbit at least"};
  if (std::none_of(rows.mbit.begin(), rows.mbit.end(), [](double rate) { return rate > 0; })) {
    return Error{"line 1", "no rate above 0: the link would never serve"};
  }
  const double first = rows.at_s.front();
  double end = rows.at_s.back();
  if (rows.mbit.size() == rows.at_s.size()) {
    end += rows.at_s.back() - rows.at_s[rows.at_s.size() - 2];
  } else {
    rows.at_s.pop_back();
  }
  std::vector<Nanos> at;
  for (const double s : rows.at_s) at.push_back(from_seconds(s - first));
  if (std::adjacent_find(at.begin(), at.end()) != at.end()) {
    return Error{"line 1", "times closer than a nanosecond: thin the lines out"};
  }
  return RateTrace::intervals(std::move(at), rows.mbit, from_seconds(end - first));
}

Result<DelayTable> parse_netem_table(std::string_view text) {
  DelayTable table;
  auto error = each_line(text, [&](std::string_view line, std::size_t n) -> std::optional<Error> {
    while (!(line = trim(line)).empty()) {
      const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
      const auto value = read_number(word);
      if (!value || *value < -32768 || *value > 32767 || *value != std::floor(*value)) {
        return complain(n, word, "must be a whole number, -32768 to 32767");
      }
      if (!table.values.empty() && *value / 8192 < table.values.back()) {
        return complain(n, word, "smaller than the one before it: the table must ascend");
      }
      if (table.values.size() == kMostValues) return complain(n, word, "too long");
      table.values.push_back(*value / 8192);
      line.remove_prefix(word.size());
    }
    return std::nullopt;
  });
  if (error) return *error;
  if (table.values.empty()) return Error{"line 1", "the table is empty"};
  return table;
}

Result<DelayTable> parse_samples(std::string_view text) {
  DelayTable table;
  auto error = each_line(text, [&](std::string_view line, std::size_t n) -> std::optional<Error> {
    const auto value = read_number(line);
    if (!value || std::abs(*value) > 600'000) {
      return complain(n, line, "must be a number, -600000 to 600000");
    }
    table.values.push_back(*value);
    return std::nullopt;
  });
  if (error) return *error;
  if (table.values.empty()) return Error{"line 1", "there are no samples"};
  std::sort(table.values.begin(), table.values.end());
  return table;
}

}  // namespace gimbal::impair
