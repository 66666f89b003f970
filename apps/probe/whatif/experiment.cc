#include "probe/whatif/experiment.h"

#include <filesystem>
#include <fstream>

#include "probe/socket.h"

namespace gimbal::probe::whatif {
namespace {

constexpr const char* kPort = "5201";

std::string text_of(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

void add_congestion(const Question& question, Arguments& arguments) {
  if (question.congestion.empty()) return;
  arguments.insert(arguments.end(), {"--cc", question.congestion});
}

/// How long a workload may take: connections are opened over a path that may lose and freeze.
std::chrono::seconds limit_of(const Question& question) {
  return std::chrono::seconds{static_cast<long>(question.seconds) + 90};
}

Result<RunResult> run_workload(Rig& rig, const Programs& programs, const Question& question,
                               Arguments arguments, const std::string& folder,
                               const std::string& name) {
  const std::string file = folder + "/" + name + ".json";
  arguments.insert(arguments.begin(), programs.probe);
  arguments.insert(arguments.end(), {"--quiet", "--json", file});
  const auto ran = rig.run_client(arguments, name, limit_of(question));
  if (!ran) return ran.error();
  // Single requests that failed are part of the answer: their run exits 1 and is written all the
  // same.
  std::ifstream in{file};
  if (!in) return Error{name, "failed:\n" + rig.tail_of(name)};
  return parse_run_result(nlohmann::json::parse(in, nullptr, false), file);
}

Result<Trial> run_turn(const Programs& programs, const Question& question, const Turn& turn,
                       const std::string& folder) {
  const Site& site = question.sites[turn.site];
  RigPlan plan;
  plan.folder = folder;
  plan.scenario = site.scenario;
  plan.settings = site.settings;
  plan.appliance = turn.box == 1;
  plan.mode = question.mode;
  plan.custody = question.custody;
  // The same path for both boxes of a round, another in the next.
  plan.seed = question.seed + turn.round;
  auto rig = Rig::build(programs, plan);
  if (!rig) return rig.error();
  const std::string address = std::string{Rig::kServer} + ":" + kPort;
  if (auto up = rig.value()->serve({programs.probe, "server", "--listen", address}); !up)
    return up.error();
  Trial trial{turn.site, turn.box, turn.round, {}, {}};
  const auto run = [&](const Arguments& arguments, const char* name) {
    return run_workload(*rig.value(), programs, question, arguments, folder, name);
  };
  auto tokens = run(tokens_arguments(question, site, address), "tokens");
  if (!tokens) return tokens.error();
  auto barrier = run(barrier_arguments(question, site, address), "barrier");
  if (!barrier) return barrier.error();
  trial.tokens = std::move(tokens.value());
  trial.barrier = std::move(barrier.value());
  return trial;
}

}  // namespace

std::vector<Turn> plan_turns(unsigned rounds) {
  constexpr std::size_t kKinds = kSites * kBoxes;
  std::vector<Turn> turns;
  for (unsigned round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < kKinds; ++i) {
      const std::size_t kind = (i + round) % kKinds;
      turns.push_back({round, kind / kBoxes, kind % kBoxes});
    }
  return turns;
}

Arguments tokens_arguments(const Question& q, const Site& site, const std::string& address) {
  Arguments arguments{"tokens", "--connect", address};
  const auto add = [&](const char* option, const std::string& value) {
    arguments.emplace_back(option);
    arguments.push_back(value);
  };
  add("--connections", std::to_string(q.users));
  add("--tokens", std::to_string(q.tokens));
  add("--prompt-bytes", std::to_string(q.prompt_bytes));
  add("--token-bytes", std::to_string(q.token_bytes));
  add("--first-token", text_of(site.first_ms));
  add("--per-token", text_of(site.token_ms));
  add("--duration", text_of(q.seconds));
  add_congestion(q, arguments);
  return arguments;
}

Arguments barrier_arguments(const Question& q, const Site& site, const std::string& address) {
  Arguments arguments{"barrier", "--connect", address};
  const auto add = [&](const char* option, const std::string& value) {
    arguments.emplace_back(option);
    arguments.push_back(value);
  };
  add("--reads", std::to_string(q.reads));
  add("--bytes", std::to_string(q.read_bytes));
  add("--compute", text_of(site.token_ms));
  add("--duration", text_of(q.seconds));
  add_congestion(q, arguments);
  return arguments;
}

Result<bool> check_scenario(const Programs& programs, const Site& site) {
  Arguments arguments{programs.impair, "--check", site.scenario};
  for (const std::string& setting : site.settings)
    arguments.insert(arguments.end(), {"--set", setting});
  if (auto checked = run_tool(arguments); !checked)
    return Error{"the " + site.name + "'s scenario " + site.scenario, checked.error().what};
  return true;
}

Result<std::vector<Trial>> run_trials(const Programs& programs, const Question& question,
                                      const std::string& folder,
                                      const std::function<void(const Turn&, const Trial&)>& told) {
  std::vector<Trial> trials;
  for (const Turn& turn : plan_turns(question.rounds)) {
    if (stop_requested()) return Error{"", "stopped"};
    const std::string place = folder + "/" + std::to_string(turn.round + 1) + "-" +
                              question.sites[turn.site].name + (turn.box == 0 ? "-off" : "-on");
    std::error_code failed;
    if (!std::filesystem::create_directories(place, failed) && failed)
      return Error{place, failed.message()};
    auto trial = run_turn(programs, question, turn, place);
    if (!trial) return trial.error();
    trials.push_back(std::move(trial.value()));
    told(turn, trials.back());
  }
  return trials;
}

}  // namespace gimbal::probe::whatif
