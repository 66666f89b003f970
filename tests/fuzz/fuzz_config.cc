#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "config/appliance.h"

/// Any text: an answer, never a crash; every error is one line; and what parses is described by a
/// text that parses to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gimbal;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto config = parse_appliance_config(text);
  if (!config) {
    GIMBAL_CHECK(!config.error().where.empty());
    GIMBAL_CHECK(config.error().message().find('\n') == std::string::npos);
    return 0;
  }
  const auto described = describe(config.value());
  const auto again = parse_appliance_config(described.dump());
  GIMBAL_CHECK(again.ok());
  GIMBAL_CHECK(describe(again.value()) == described);
  return 0;
}
