#include "io_dpdk/eal.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <system_error>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

namespace gimbal {
namespace {

// DPDK logs from any thread; only the last line is kept, for the error that needs it.
std::mutex g_log_mutex;
std::string g_log_line;

ssize_t keep_log(void*, const char* text, std::size_t length) {
  const std::lock_guard lock{g_log_mutex};
  std::string line{text, length};
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  if (!line.empty()) g_log_line = std::move(line);
  return static_cast<ssize_t>(length);
}

FILE* open_log() {
  static FILE* stream = [] {
    cookie_io_functions_t functions{};
    functions.write = keep_log;
    FILE* file = fopencookie(nullptr, "w", functions);
    if (file != nullptr) std::setvbuf(file, nullptr, _IOLBF, 1024);
    return file;
  }();
  return stream;
}

std::vector<unsigned> allowed_cpus() {
  std::vector<unsigned> cpus;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  return cpus;
}

std::string join(const std::vector<unsigned>& numbers) {
  std::string text;
  for (const unsigned n : numbers) text += (text.empty() ? "" : ",") + std::to_string(n);
  return text;
}

/// Megabytes in free huge pages of the default size.
std::uint64_t free_huge_megabytes(std::uint64_t& page_kilobytes) {
  std::ifstream file{"/proc/meminfo"};
  std::string key;
  std::uint64_t value = 0;
  std::uint64_t pages = 0;
  page_kilobytes = 2048;
  for (std::string line; std::getline(file, line);) {
    char name[64];
    unsigned long long number = 0;
    if (std::sscanf(line.c_str(), "%63[^:]: %llu", name, &number) != 2) continue;
    key = name;
    value = number;
    if (key == "HugePages_Free") pages = value;
    if (key == "Hugepagesize") page_kilobytes = value;
  }
  return pages * page_kilobytes / 1024;
}

std::optional<Error> check(const EalOptions& options, const std::vector<unsigned>& cpus) {
  for (const unsigned core : options.cores)
    if (std::find(cpus.begin(), cpus.end(), core) == cpus.end())
      return Error{"workers.cores", "core " + std::to_string(core) +
                                        " is not available; this process may use " + join(cpus)};
  if (!options.hugepages) return std::nullopt;
  std::uint64_t page_kilobytes = 0;
  const std::uint64_t free = free_huge_megabytes(page_kilobytes);
  if (free >= options.megabytes) return std::nullopt;
  const std::uint64_t pages = (options.megabytes * 1024ULL + page_kilobytes - 1) / page_kilobytes;
  return Error{"memory.hugepages",
               std::to_string(options.megabytes) + " MB needed, " + std::to_string(free) +
                   " MB free in huge pages; reserve them (sysctl vm.nr_hugepages=" +
                   std::to_string(pages) + ") or set false"};
}

std::vector<std::string> arguments(const EalOptions& options, const std::vector<unsigned>& cpus) {
  std::string lcores = "0@(" + join(cpus) + ")";
  for (std::size_t w = 0; w < options.cores.size(); ++w)
    lcores += "," + std::to_string(w + 1) + "@" + std::to_string(options.cores[w]);
  std::vector<std::string> args{"gimbal",
                                "--lcores",
                                lcores,
                                "--main-lcore",
                                "0",
                                "--no-telemetry",
                                "--log-level",
                                "lib.eal:warning",
                                "--file-prefix",
                                "gimbal-" + std::to_string(getpid())};
  // 22.11 refuses --no-huge together with --in-memory; --no-shconf keeps the former off the disk.
  if (options.hugepages) {
    args.emplace_back("--in-memory");
  } else {
    for (const char* arg : {"--no-huge", "--no-shconf", "-m"}) args.emplace_back(arg);
    args.push_back(std::to_string(options.megabytes));
  }
  if (options.pci.empty()) {
    args.emplace_back("--no-pci");
    args.emplace_back("--iova-mode=va");
  }
  for (const std::string& address : options.pci) {
    args.emplace_back("-a");
    args.push_back(address);
  }
  return args;
}

}  // namespace

Result<std::unique_ptr<Eal>> Eal::start(const EalOptions& options) {
  const std::vector<unsigned> cpus = allowed_cpus();
  if (auto error = check(options, cpus)) return *error;
  if (FILE* log = open_log()) rte_openlog_stream(log);

  std::vector<std::string> args = arguments(options, cpus);
  std::vector<char*> argv;
  for (std::string& arg : args) argv.push_back(arg.data());
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) >= 0) {
    // Made even when nothing is shared; gone now, it cannot be left behind by a kill.
    std::error_code ignored;
    std::filesystem::remove_all(rte_eal_get_runtime_dir(), ignored);
    return std::unique_ptr<Eal>{new Eal};
  }

  if (rte_errno == EACCES || rte_errno == EPERM)
    return Error{"", "DPDK has no permission; run as root or give CAP_NET_RAW,CAP_NET_ADMIN"};
  if (rte_errno == ENOMEM)
    return Error{"memory.packets", "no memory for " + std::to_string(options.megabytes) +
                                       " MB of packet buffers; lower memory.packets"};
  return Error{
      "", std::string{"DPDK does not start ("} + rte_strerror(rte_errno) + "): " + last_log_line()};
}

Eal::~Eal() { rte_eal_cleanup(); }

std::string Eal::last_log_line() {
  const std::lock_guard lock{g_log_mutex};
  return g_log_line;
}

}  // namespace gimbal
