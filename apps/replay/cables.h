#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "config/address_text.h"
#include "packet/packet.h"
#include "wire/address.h"

namespace gimbal::replay {

using Mac = std::array<std::uint8_t, 6>;

/// How the user says which frames came from the lan cable. One capture has no cables any more.
struct CableRule {
  enum class By : std::uint8_t { first_syn, prefix, mac };
  By by{By::first_syn};
  IpPrefix prefix{};          ///< prefix: frames from these addresses came on lan.
  Mac mac{};                  ///< mac: frames from this Ethernet address came on lan.
  bool client_on_lan{false};  ///< first_syn: whoever opened the first connection is on lan.
};
[[nodiscard]] Result<Mac> parse_mac(const std::string& text);

/// What one look over the capture found before it is replayed.
struct Survey {
  std::uint64_t frames{0};
  std::uint32_t longest{0};
  Instant first{};
  Instant last{};
  bool has_syn{false};  ///< Else the first TCP segment's sender is taken for a server on lan.
  IpAddress opener{};   ///< Who sent the first SYN (or answered first).
  Mac opener_mac{};
  bool macs_differ{false};  ///< The two ends show different Ethernet addresses.
};
[[nodiscard]] Result<Survey> survey(const std::string& path);

/// Decides the cable of each frame of one capture.
class CableChooser {
 public:
  CableChooser(const CableRule& rule, const Survey& seen) : rule_{rule}, seen_{seen} {}

  [[nodiscard]] PortId operator()(std::span<const std::byte> frame) const;
  /// One sentence for the report: what was assumed.
  [[nodiscard]] std::string sentence() const;

 private:
  CableRule rule_;
  Survey seen_;
};

}  // namespace gimbal::replay
