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
constexpr std::size_t kServerConnections = 60'000;

int fail(const Error& error, int code) {
  std::cerr << "gimbal-probe: " << error.message() << '\n';
  return code;
}

struct Options {
  std::string listen;
  std::string connect;
  std::string local;
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
    auto* where = command->add_option_group("where", "one of");
    where->add_option("--connect", o.connect, "ADDR:PORT of a probe server");
    where->add_option("--local", o.local, "run the server in this process, on 127.0.0.1 or ADDR")
        ->expected(0, 1)
        ->default_str("127.0.0.1");
    where->require_option(1);
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

/// A server in this process when --local asks for one.
Result<std::unique_ptr<LocalServer>> start_local(const Options& o) {
  if (o.local.empty()) return std::unique_ptr<LocalServer>{};
  const bool v6 = o.local.find(':') != std::string::npos;
  const auto address = parse_address(v6 ? "[" + o.local + "]:0" : o.local + ":0");
  if (!address) return address.error();
  return LocalServer::start(address.value());
}

int run_workload(const Choice& choice, const Options& o) {
  const auto requirements = parse_requirements(o.output, choice.row->name);
  if (!requirements) return fail(requirements.error(), kUsage);
  const auto local = start_local(o);
  if (!local) return fail(local.error(), kUsage);
  const Result<SocketAddress> address =
      local.value() ? local.value()->address() : parse_address(o.connect);
  if (!address) return fail(address.error(), kUsage);
  ProgressLog progress{o.quiet};
  auto ran = choice.workload->run(address.value(), progress);
  if (!ran) return fail(ran.error(), 1);
  RunResult& result = ran.value();
  result.workload = choice.row->name;
  result.name = o.output.name.empty() ? result.workload : o.output.name;
  return publish(result, o.output, requirements.value());
}

int run_server(const std::string& listen) {
  const auto address = parse_address(listen);
  if (!address) return fail(address.error(), kUsage);
  const auto server = Server::open(address.value());
  if (!server) return fail(server.error(), 1);
  // As many as the system allows: how many clients will come is not known.
  (void)reserve_descriptors(kServerConnections);
  std::cerr << "ready" << std::endl;
  server.value()->run();
  return 0;
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
  return run_server(o.listen);
}
