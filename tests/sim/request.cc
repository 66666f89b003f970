#include "sim/request.h"

#include <CLI/CLI.hpp>

#include <algorithm>

#include "sim/drawn_path.h"
#include "sim/named_limits.h"

namespace gimbal::sim {

namespace {

BoxKind box_named(const std::string& name) {
  for (const BoxKind kind : {BoxKind::off, BoxKind::bypass, BoxKind::observe, BoxKind::repair,
                             BoxKind::unsteady, BoxKind::custody})
    if (to_string(kind) == name) return kind;
  throw CLI::ValidationError("--box",
                             name + " is none of off, bypass, observe, auto, unsteady, custody");
}

Algorithm sender_named(const char* option, const std::string& name) {
  for (const Algorithm a : {Algorithm::cubic, Algorithm::reno, Algorithm::bbr})
    if (to_string(a) == name) return a;
  throw CLI::ValidationError(option, name + " is none of cubic, reno, bbr");
}

Habits receiver_named(const std::string& name) {
  if (const auto found = find_receiver(name)) return *found;
  std::string known;
  for (const Habits& habits : receivers()) known += " " + std::string{habits.name};
  throw CLI::ValidationError("--receiver", name + " is none of" + known);
}

ActuatorSet actuators_without(const std::vector<std::string>& names) {
  ActuatorSet all;
  for (const std::string& name : names) {
    const auto found = std::find(kActuatorNames.begin(), kActuatorNames.end(), name);
    if (found == kActuatorNames.end())
      throw CLI::ValidationError("--without", "no actuator is called " + name);
    all.remove(static_cast<Actuator>(found - kActuatorNames.begin()));
  }
  return all;
}

RepairLimits limits_with(const std::vector<std::string>& assignments) {
  RepairLimits limits;
  for (const std::string& assignment : assignments)
    if (const std::string wrong = set_limit(limits, assignment); !wrong.empty())
      throw CLI::ValidationError("--limit", wrong);
  return limits;
}

std::vector<Profile> profiles_named(const std::vector<std::string>& names) {
  if (names == std::vector<std::string>{"all"}) {
    std::vector<Profile> measured;
    for (const Profile& p : profiles())
      if (p.measured_cubic > 0) measured.push_back(p);
    return measured;
  }
  std::vector<Profile> out;
  for (const std::string& name : names) {
    const auto found = find_profile(name);
    if (!found) throw CLI::ValidationError("--profile", "no profile is called " + name);
    out.push_back(*found);
  }
  return out;
}

std::vector<Profile> profiles_of(const Request& request) {
  if (request.drawn == 0) return profiles_named(request.profiles);
  std::vector<Profile> out;
  for (std::uint64_t i = 0; i < request.drawn; ++i)
    out.push_back(drawn_path(request.first_path + i));
  return out;
}

/// `bystanders` of each sender asked for.
std::vector<Bystander> bystanders_of(const Request& request) {
  std::vector<Bystander> out;
  if (request.bystander_at < 0) return out;
  for (const std::string& name : request.bystander_senders)
    for (std::uint32_t i = 0; i < request.bystanders; ++i)
      out.push_back(
          {sender_named("--bystander-cc", name), Nanos::from_ms(request.bystander_at * 1000)});
  return out;
}

Scenario common_to_all(const Request& request) {
  Scenario s;
  s.flow = request.direction == "up" ? Flow::up : Flow::down;
  s.actuators = actuators_without(request.without);
  s.limits = limits_with(request.limits);
  s.lasts = Nanos::from_ms(request.seconds * 1000);
  s.starts = Nanos::from_ms(request.starts * 1000);
  s.receiver = receiver_named(request.receiver);
  s.bystanders = bystanders_of(request);
  s.datagrams = request.datagrams;
  s.paced = request.paced;
  s.flows = request.flows;
  return s;
}

}  // namespace

std::vector<Row> matrix(const Request& request) {
  std::vector<Row> rows;
  const Scenario common = common_to_all(request);
  std::vector<std::uint64_t> sizes = request.bytes;
  if (sizes.empty()) sizes = {UINT64_MAX};
  for (const Profile& profile : profiles_of(request))
    for (const std::string& sender : request.senders)
      for (const std::uint64_t bytes : sizes)
        for (const std::string& box : request.boxes)
          for (std::uint64_t i = 0; i < request.seeds; ++i) {
            Scenario s = common;
            s.profile = profile;
            s.algorithm = sender_named("--sender", sender);
            s.bytes = bytes;
            s.box = box_named(box);
            s.seed = request.first_seed + i;
            rows.push_back({s, {}});
          }
  return rows;
}

}  // namespace gimbal::sim
