#include "sim/table.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/text_line.h"

namespace gimbal::sim {

namespace {

struct Compared {
  std::string_view name;
  double measured;
  double modelled;
};

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  double mean_a = 0, mean_b = 0, ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    mean_a += a[i] / n;
    mean_b += b[i] / n;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<double> out;
  for (const double value : values)
    out.push_back(static_cast<double>(
        std::count_if(values.begin(), values.end(), [&](double other) { return other < value; })));
  return out;
}

double measured(const Profile& profile, Algorithm algorithm) {
  if (algorithm == Algorithm::cubic) return profile.measured_cubic;
  return algorithm == Algorithm::bbr ? profile.measured_bbr : 0;
}

std::vector<Compared> compared(const std::vector<Row>& rows, Algorithm algorithm) {
  std::vector<Compared> out;
  std::vector<std::pair<const Profile*, std::vector<double>>> seen;
  for (const Row& row : rows) {
    const Scenario& s = row.scenario;
    if (s.flow == Flow::up || s.box != BoxKind::off || s.algorithm != algorithm) continue;
    if (!s.bystanders.empty() || s.receiver.name != receivers().front().name) continue;
    if (measured(s.profile, algorithm) <= 0) continue;
    if (seen.empty() || seen.back().first->name != s.profile.name) seen.push_back({&s.profile, {}});
    seen.back().second.push_back(row.outcome.goodput_mbit);
  }
  for (auto& [profile, figures] : seen) {
    std::sort(figures.begin(), figures.end());
    out.push_back({profile->name, measured(*profile, algorithm), figures[figures.size() / 2]});
  }
  return out;
}

std::string realism_of(const std::vector<Row>& rows, Algorithm algorithm) {
  const std::vector<Compared> list = compared(rows, algorithm);
  if (list.size() < 3) return {};
  std::vector<double> measured, modelled, log_measured, log_modelled;
  std::string text =
      text_line("\n%-12s %9s %9s %6s\n", (std::string{to_string(algorithm)} + ", off").c_str(),
                "measured", "model", "ratio");
  for (const Compared& c : list) {
    measured.push_back(c.measured);
    modelled.push_back(c.modelled);
    log_measured.push_back(std::log(c.measured));
    log_modelled.push_back(std::log(std::max(c.modelled, 0.01)));
    text += text_line("%-12s %9.1f %9.1f %6.2f\n", std::string{c.name}.c_str(), c.measured,
                      c.modelled, c.modelled / c.measured);
  }
  text += text_line("correlation of logs %.3f, of ranks %.3f\n",
                    correlation(log_measured, log_modelled),
                    correlation(ranks(measured), ranks(modelled)));
  return text;
}

}  // namespace

std::string print_table(const std::vector<Row>& rows) {
  std::string text = text_line("%-14s %-5s %-7s %4s %5s %8s %8s %7s %7s %5s %5s %7s %7s %8s %6s\n",
                               "profile", "cc", "box", "seed", "s", "Mb/s", "by-Mb/s", "rtt50ms",
                               "retx", "rto", "undo", "local", "qdrops", "standms", "broken");
  for (const Row& row : rows) {
    const Scenario& s = row.scenario;
    const Outcome& o = row.outcome;
    text += text_line(
        "%-14s %-5s %-7s %4llu %5.1f %8.2f %8.2f %7.1f %7llu %5llu %5llu %7llu %7llu %8.1f %6llu\n",
        ((s.flow == Flow::up ? "up:" : "") + s.profile.name).c_str(),
        std::string{to_string(s.algorithm)}.c_str(), std::string{to_string(s.box)}.c_str(),
        static_cast<unsigned long long>(s.seed), s.lasts.to_seconds(), o.goodput_mbit,
        o.bystander_mbit, o.rtt_p50_ms, static_cast<unsigned long long>(o.sender_retransmissions),
        static_cast<unsigned long long>(o.sender_timeouts),
        static_cast<unsigned long long>(o.undos),
        static_cast<unsigned long long>(o.local_retransmissions),
        static_cast<unsigned long long>(o.queue_drops), o.standing_queue_ms,
        static_cast<unsigned long long>(o.violations + (o.damaged ? 1 : 0)));
    for (const std::string& sentence : o.sentences) text += "    " + sentence + "\n";
  }
  return text;
}

std::string print_counters(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    text += row.scenario.profile.name + ' ' + std::to_string(row.scenario.seed) + ':';
    const WorkerCounters& counted = row.outcome.counters;
    for (std::size_t i = 0; i < kFateCount; ++i)
      if (counted.fates[i] > 0)
        text += ' ' + std::string{kFates[i].name} + '=' + std::to_string(counted.fates[i]);
    for (std::size_t i = 0; i < kCounterCount; ++i)
      if (counted.values[i] > 0)
        text += ' ' + std::string{kCounters[i].name} + '=' + std::to_string(counted.values[i]);
    text += '\n';
  }
  return text;
}

std::string print_realism(const std::vector<Row>& rows) {
  return realism_of(rows, Algorithm::cubic) + realism_of(rows, Algorithm::bbr);
}

}  // namespace gimbal::sim
