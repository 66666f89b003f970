#pragma once

#include <memory>
#include <span>

namespace CLI {
class App;
}

namespace gimbal::probe {

/// A subcommand that is neither a workload nor the server. One object serves one call.
class Command {
 public:
  virtual ~Command() = default;
  virtual void add_options(CLI::App& command) = 0;
  /// The exit code; what is wrong has been told on standard error.
  virtual int run() = 0;
};

/// A row of the table of commands: add one there to add a command.
struct CommandRow {
  const char* name;
  const char* help;
  const char* examples;
  std::unique_ptr<Command> (*make)();
};

/// The table, in `command_table.cc`.
std::span<const CommandRow> command_table() noexcept;

}  // namespace gimbal::probe
