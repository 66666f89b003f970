#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace gimbal {

struct EalOptions {
  std::vector<unsigned> cores;  ///< One worker thread per entry, pinned there; may repeat.
  bool hugepages{false};
  std::uint32_t megabytes{256};  ///< For packet buffers and queues.
  std::vector<std::string> pci;  ///< Addresses to take; empty: the PCI bus is not scanned.
};

/// DPDK's environment: once per process. Nothing is left behind in the file system, no telemetry
/// socket, no secondary processes. The calling thread becomes the control lcore and stays free to
/// run on any CPU; worker w is lcore w + 1.
///
/// Errors are one line with the mend: a core that does not exist, huge pages missing, no
/// permission.
class Eal {
 public:
  static Result<std::unique_ptr<Eal>> start(const EalOptions& options);
  ~Eal();
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;

  /// The last line DPDK logged, for errors that only it can explain.
  [[nodiscard]] static std::string last_log_line();

 private:
  Eal() = default;
};

}  // namespace gimbal
