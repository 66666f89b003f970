// gimbal-probe: load shaped like inference traffic, on kernel sockets, and its tail latency.
#include <CLI/CLI.hpp>
#include <iostream>

#include "probe/command.h"
#include "probe/output.h"
#include "probe/server.h"
#include "probe/workload.h"

namespace {

using namespace gimbal;
using namespace gimbal::probe;

constexpr int kUsage = 2;

int fail(const Error& error, int code) {
  std::cerr << "gimbal-probe: " << error.message() << '\n';
  return code;
}

struct Options {
  std::string listen;
  std::string connect;
  bool quiet{false};
  OutputOptions output;
};

/// A workload with the subcommand that chooses it.
struct Choice {
  const WorkloadRow* row;
  CLI::App* command;
  std::unique_ptr<Workload> workload;
};

std::vector<Choice> add_workloads(CLI::App& app, Options& o) {
  std::vector<Choice> choices;
  for (const WorkloadRow& row : workload_table()) {
    auto* command = app.add_subcommand(row.name, row.help);
    command->footer(row.examples);
    command->add_option("--connect", o.connect, "ADDR:PORT of a probe server")->required();
    command->add_flag("--quiet", o.quiet, "no lines of progress");
    add_output_options(*command, o.output);
    choices.push_back({&row, command, row.make()});
    choices.back().workload->add_options(*command);
  }
  return choices;
}

/// A command with the subcommand that chooses it.
struct CommandChoice {
  CLI::App* command;
  std::unique_ptr<Command> object;
};

std::vector<CommandChoice> add_commands(CLI::App& app) {
  std::vector<CommandChoice> choices;
  for (const CommandRow& row : command_table()) {
    auto* command = app.add_subcommand(row.name, row.help);
    command->footer(row.examples);
    choices.push_back({command, row.make()});
    choices.back().object->add_options(*command);
  }
  return choices;
}

int run_workload(const Choice& choice, const Options& o) {
  const auto address = parse_address(o.connect);
  if (!address) return fail(address.error(), kUsage);
  const auto requirements = parse_requirements(o.output, choice.row->name);
  if (!requirements) return fail(requirements.error(), kUsage);
  ProgressLog progress{o.quiet};
  auto ran = choice.workload->run(address.value(), progress);
  if (!ran) return fail(ran.error(), 1);
  RunResult& result = ran.value();
  result.workload = choice.row->name;
  result.name = o.output.name.empty() ? result.workload : o.output.name;
  return publish(result, o.output, requirements.value());
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app{"Inference-shaped load and tail latency"};
  app.require_subcommand(1);
  auto* server = app.add_subcommand("server", "answer the other subcommands");
  server->add_option("--listen", o.listen, "ADDR:PORT")->required();
  const auto choices = add_workloads(app, o);
  const auto commands = add_commands(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  watch_signals();
  for (const Choice& choice : choices)
    if (choice.command->parsed()) return run_workload(choice, o);
  for (const CommandChoice& choice : commands)
    if (choice.command->parsed()) return choice.object->run();
  const auto address = parse_address(o.listen);
  if (!address) return fail(address.error(), kUsage);
  const auto ran = run_server(address.value());
  return ran ? 0 : fail(ran.error(), 1);
}
