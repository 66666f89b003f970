#include "sim/sharing.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/text_line.h"

namespace gimbal::sim {

namespace {

std::string cell_name(const Scenario& s) {
  return (s.flow == Flow::up ? "up:" : "") + s.profile.name;
}

/// One cell of short flows, box aside.
using Cell = std::tuple<std::string, std::string, std::uint64_t>;

struct Times {
  std::vector<double> ms;
  [[nodiscard]] double quantile(double q) const {
    return ms.empty() ? 0 : ms[static_cast<std::size_t>(q * static_cast<double>(ms.size() - 1))];
  }
};

}  // namespace

std::string print_sharing(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    const Scenario& s = row.scenario;
    const Outcome& o = row.outcome;
    if (s.bystanders.empty() && !s.datagrams) continue;
    if (text.empty())
      text = text_line("\n%-14s %-5s %-7s %4s %5s %5s %8s %8s %6s  %s\n", "sharing", "cc", "box",
                       "seed", "jain", "use", "udp50ms", "udp99ms", "lost%", "Mb/s, ours first");
    text +=
        text_line("%-14s %-5s %-7s %4llu %5.3f %5.3f %8.1f %8.1f %6.2f ", cell_name(s).c_str(),
                  std::string{to_string(s.algorithm)}.c_str(),
                  std::string{to_string(s.box)}.c_str(), static_cast<unsigned long long>(s.seed),
                  o.jain, o.use, o.datagram_p50_ms, o.datagram_p99_ms, 100 * o.datagrams_lost);
    for (const double mbit : o.shares_mbit) text += text_line(" %.1f", mbit);
    text += "\n";
  }
  return text;
}

std::string print_completion(const std::vector<Row>& rows) {
  std::vector<Cell> order;
  std::map<Cell, std::map<std::string, Times>> cells;
  for (const Row& row : rows) {
    const Scenario& s = row.scenario;
    if (s.bytes == UINT64_MAX) continue;
    const Cell cell{cell_name(s), to_string(s.algorithm), s.bytes};
    if (cells.count(cell) == 0) order.push_back(cell);
    auto& times = cells[cell][std::string{to_string(s.box)}].ms;
    times.insert(times.end(), row.outcome.completions_ms.begin(), row.outcome.completions_ms.end());
  }
  if (order.empty()) return {};
  std::string text =
      text_line("\n%-14s %-5s %9s %-7s %6s %9s %9s %9s %6s %6s %6s\n", "completion", "cc", "bytes",
                "box", "flows", "p50ms", "p90ms", "p99ms", "off/50", "off/90", "off/99");
  for (const Cell& cell : order) {
    for (auto& [box, times] : cells[cell]) std::sort(times.ms.begin(), times.ms.end());
    const Times off = cells[cell].count("off") > 0 ? cells[cell].at("off") : Times{};
    for (const auto& [box, times] : cells[cell]) {
      const auto ratio = [&](double q) { return off.quantile(q) / times.quantile(q); };
      text += text_line("%-14s %-5s %9llu %-7s %6zu %9.1f %9.1f %9.1f %6.2f %6.2f %6.2f\n",
                        std::get<0>(cell).c_str(), std::get<1>(cell).c_str(),
                        static_cast<unsigned long long>(std::get<2>(cell)), box.c_str(),
                        times.ms.size(), times.quantile(0.5), times.quantile(0.9),
                        times.quantile(0.99), ratio(0.5), ratio(0.9), ratio(0.99));
    }
  }
  return text;
}

}  // namespace gimbal::sim
