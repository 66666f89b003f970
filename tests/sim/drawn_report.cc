#include "sim/drawn_report.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/drawn_path.h"
#include "sim/text_line.h"

namespace gimbal::sim {

namespace {

constexpr double kFrameShare = 1448.0 / 1514.0;
constexpr double kKept = 0.98;
constexpr std::size_t kWorst = 8;

struct Against {
  const Row* row;
  double of_off;
  double use;
  double use_off;
};

using Cell = std::tuple<std::string, Algorithm, std::uint64_t>;
using Group = std::pair<Algorithm, BoxKind>;

Cell cell_of(const Scenario& s) { return {s.profile.name, s.algorithm, s.seed}; }

std::map<Group, std::vector<Against>> grouped(const std::vector<Row>& rows) {
  std::map<Cell, double> off;
  for (const Row& row : rows)
    if (row.scenario.box == BoxKind::off)
      off[cell_of(row.scenario)] = std::max(row.outcome.goodput_mbit, 0.01);
  std::map<Group, std::vector<Against>> out;
  for (const Row& row : rows) {
    const Scenario& s = row.scenario;
    const auto plain = off.find(cell_of(s));
    if (s.box == BoxKind::off || plain == off.end()) continue;
    const double most = carries_mbit(s.profile);
    out[{s.algorithm, s.box}].push_back({&row, row.outcome.goodput_mbit / plain->second,
                                         row.outcome.goodput_mbit / most, plain->second / most});
  }
  return out;
}

double quantile(std::vector<Against> list, double Against::*figure, double q) {
  const auto at = list.begin() + static_cast<std::ptrdiff_t>(q * double(list.size() - 1));
  std::nth_element(list.begin(), at, list.end(),
                   [&](const Against& a, const Against& b) { return a.*figure < b.*figure; });
  return (*at).*figure;
}

std::string worst_of(std::vector<Against> list) {
  std::sort(list.begin(), list.end(),
            [](const Against& a, const Against& b) { return a.of_off < b.of_off; });
  std::string text;
  for (std::size_t i = 0; i < std::min(kWorst, list.size()) && list[i].of_off < kKept; ++i)
    text += text_line("  %5.2f of off, %5.1f Mb/s; ", list[i].of_off,
                      list[i].row->outcome.goodput_mbit) +
            describe(list[i].row->scenario.profile) + '\n';
  return text;
}

}  // namespace

double carries_mbit(const Profile& path) {
  const impair::Outages& dark = path.data.outages;
  const double lit = dark.on() ? 1 - dark.lasting.to_ms() / dark.every.to_ms() : 1;
  return path.data.rate.to_mbit() * kFrameShare * lit;
}

std::string print_drawn(const std::vector<Row>& rows) {
  std::string text;
  for (const auto& [group, list] : grouped(rows)) {
    const auto kept =
        std::count_if(list.begin(), list.end(), [](const Against& a) { return a.of_off >= kKept; });
    text += text_line("\n%s, %s: %zu of %zu runs keep %.2f of off; use of the link",
                      std::string{to_string(group.first)}.c_str(),
                      std::string{to_string(group.second)}.c_str(), static_cast<std::size_t>(kept),
                      list.size(), kKept);
    for (const double q : {0.1, 0.25, 0.5})
      text += text_line("%s %.2f (off %.2f)",
                        q == 0.1    ? " p10"
                        : q == 0.25 ? ", p25"
                                    : ", p50",
                        quantile(list, &Against::use, q), quantile(list, &Against::use_off, q));
    text += '\n' + worst_of(list);
  }
  return text;
}

}  // namespace gimbal::sim
