#include "loopback.h"

#include <CLI/CLI.hpp>

namespace gimbal::probe {

Result<RunResult> run_against(const SocketAddress& server, const std::string& workload,
                              const std::string& options) {
  for (const WorkloadRow& row : workload_table()) {
    if (row.name != workload) continue;
    const auto object = row.make();
    CLI::App app;
    object->add_options(app);
    app.parse(options);
    ProgressLog progress{true};
    return object->run(server, progress);
  }
  return Error{workload, "is not in the table"};
}

Result<RunResult> run_local(const std::string& workload, const std::string& options,
                            const std::string& address) {
  const auto server = LocalServer::start(address_of(address));
  if (!server) return server.error();
  return run_against(server.value()->address(), workload, options);
}

}  // namespace gimbal::probe
