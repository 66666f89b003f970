#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace gimbal::probe::whatif {

using Arguments = std::vector<std::string>;

/// A program started by this one, its output in a file. Ended with its owner: by the destructor,
/// and by the kernel should the owner be killed.
class Child {
 public:
  static Result<Child> start(const Arguments& arguments, const std::string& log);
  Child(Child&& other) noexcept
      : pid_{std::exchange(other.pid_, -1)},
        name_{std::move(other.name_)},
        log_{std::move(other.log_)} {}
  Child& operator=(Child&& other) noexcept;
  ~Child() { stop(); }

  /// Until a line of its output ends in `ready`. Fails when it ends before, or takes too long.
  Result<bool> wait_ready(std::chrono::seconds limit);
  /// Until it ends: its exit code. Fails when that takes longer, or this program is told to stop.
  Result<int> wait(std::chrono::seconds limit);
  /// SIGTERM, and SIGKILL for who does not listen within three seconds.
  void stop() noexcept;
  /// The last lines it wrote.
  [[nodiscard]] std::string tail() const { return tail_of_file(log_); }
  static std::string tail_of_file(const std::string& log);

 private:
  Child(pid_t pid, std::string name, std::string log)
      : pid_{pid}, name_{std::move(name)}, log_{std::move(log)} {}
  [[nodiscard]] bool ended(int& status) noexcept;

  pid_t pid_{-1};
  std::string name_;
  std::string log_;
};

/// Runs a tool to its end with `input` on its standard input; what it wrote. Fails with its own
/// words when it does not exit with 0, and names the package when it is not there.
Result<std::string> run_tool(const Arguments& arguments, const std::string& input = {});

}  // namespace gimbal::probe::whatif
