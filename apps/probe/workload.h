#pragma once

#include <memory>
#include <span>

#include "base/result.h"
#include "probe/progress.h"
#include "probe/result.h"
#include "probe/socket.h"

namespace CLI {
class App;
}

namespace gimbal::probe {

/// A kind of load: its options and how it runs. One object serves one run.
class Workload {
 public:
  virtual ~Workload() = default;
  /// Adds the options of this workload to its subcommand. Those every workload has (--connect,
  /// --local, --json, --name, --require, --quiet) are added by the caller.
  virtual void add_options(CLI::App& command) = 0;
  /// Runs against a probe server. Fails (exit 1) when the run could not be carried through: the
  /// server refuses, a connection breaks, an answer takes longer than the limit. Wrong bytes and
  /// single failed requests do not end a run: they are counted in the result.
  virtual Result<RunResult> run(const SocketAddress& server, ProgressLog& progress) = 0;
};

/// A row of the table of workloads, which makes the subcommands: add a row there to add a workload.
struct WorkloadRow {
  const char* name;      ///< The subcommand, and `workload` of the result.
  const char* help;      ///< One line: what it models.
  const char* examples;  ///< Shown under --help.
  std::unique_ptr<Workload> (*make)();
};

/// The table, in `workload_table.cc`.
std::span<const WorkloadRow> workload_table() noexcept;

}  // namespace gimbal::probe
