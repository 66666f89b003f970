#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gimbal {

/// The features of one kernel interface ("tx-tcp-segmentation", "rx-gro" ...; ETHTOOL_GFEATURES),
/// switched off by name and put back exactly as they were.
class Offloads {
 public:
  explicit Offloads(std::string interface) : interface_{std::move(interface)} {}

  /// Switches off those of `names` that are on and may be changed. Errors: not permitted.
  std::optional<Error> switch_off(const std::vector<std::string_view>& names);
  /// Puts back what `switch_off` changed; a no-op otherwise.
  void restore() noexcept;

 private:
  bool apply(bool on) noexcept;

  std::string interface_;
  std::vector<std::uint32_t> changed_;  ///< One bit per feature, as the kernel numbers them.
};

/// What breaks a wire: frames merged, split, or with checksums left to hardware. VLAN parsing
/// hides tags from AF_XDP.
[[nodiscard]] const std::vector<std::string_view>& wire_breaking_offloads();

}  // namespace gimbal
