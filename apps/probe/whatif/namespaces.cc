#include "probe/whatif/namespaces.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>

namespace gimbal::probe::whatif {

Result<Namespace> Namespace::create(const std::string& part) {
  const std::string name = std::string{kNamespacePrefix} + std::to_string(::getpid()) + "-" + part;
  if (auto made = run_tool({"ip", "netns", "add", name}); !made) return made.error();
  return Namespace{name};
}

Namespace::~Namespace() {
  // What ran in here has been stopped by its owner: see Rig.
  if (!name_.empty()) static_cast<void>(run_tool({"ip", "netns", "del", name_}).ok());
}

Arguments Namespace::inside(const Arguments& arguments) const {
  Arguments all{"ip", "netns", "exec", name_};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

Result<std::string> Namespace::run(const Arguments& arguments) const {
  return run_tool(inside(arguments));
}

Result<std::string> Namespace::ip(const std::vector<std::string>& lines) const {
  std::string batch;
  for (const std::string& line : lines) batch += line + "\n";
  return run_tool({"ip", "-n", name_, "-batch", "-"}, batch);
}

int owner_of(std::string_view name) noexcept {
  if (!name.starts_with(kNamespacePrefix)) return 0;
  name.remove_prefix(kNamespacePrefix.size());
  int pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  const bool whole = error == std::errc{} && end != name.data() + name.size() && *end == '-';
  return whole ? pid : 0;
}

void sweep_namespaces() {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator{"/run/netns", none}) {
    const std::string name = entry.path().filename();
    const int pid = owner_of(name);
    if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH)
      static_cast<void>(run_tool({"ip", "netns", "del", name}).ok());
  }
}

}  // namespace gimbal::probe::whatif
