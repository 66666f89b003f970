#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gimbal {

/// What became of a packet that was received. Every packet gets exactly one fate; the sum over
/// fates equals the packets received, and a test holds that. Adding a fate means adding a row to
/// `kFates` and a test that reaches it (tests/unit/pipeline/fate_coverage).
enum class Fate : std::uint8_t {
  // Passed untouched, because there was nothing to do or nothing we may do.
  pass_bypass,
  pass_not_ip,
  pass_not_tcp,
  pass_fragment,
  pass_ip_extension,
  pass_vlan_stack,
  pass_malformed,
  pass_bad_checksum,
  pass_table_full,
  pass_midstream,
  pass_untouchable,
  pass_out_of_window,
  pass_observed,
  pass_control,
  pass_tracked,
  pass_uncached,
  // Passed, changed or later than it came.
  pass_edited,
  pass_paced,
  pass_released,
  pass_resequenced,
  // Taken off the wire: each is an acknowledgment whose news a later one carries, or a copy.
  held_ack_superseded,
  held_duplicate_ack,
  held_queued_copy,
  held_already_acked,
  held_claimed_ack,
  held_claimed_copy,
  // Lost here. Zero in a healthy appliance.
  drop_transmit_full,
};
inline constexpr std::size_t kFateCount = 27;

struct FateInfo {
  std::string_view name;
  std::string_view help;
};

inline constexpr std::array<FateInfo, kFateCount> kFates{{
    {"pass_bypass", "forwarded with nothing kept: mode bypass"},
    {"pass_not_ip", "forwarded untouched: not IP"},
    {"pass_not_tcp", "forwarded untouched: IP, but not TCP"},
    {"pass_fragment", "forwarded untouched: IP fragment"},
    {"pass_ip_extension", "forwarded untouched: IPv4 options or IPv6 extension header"},
    {"pass_vlan_stack", "forwarded untouched: more than one VLAN tag"},
    {"pass_malformed", "forwarded untouched: lengths contradict each other"},
    {"pass_bad_checksum",
     "forwarded untouched: TCP checksum wrong, so its numbers are not believed"},
    {"pass_table_full", "forwarded untouched: no room for the flow"},
    {"pass_midstream", "forwarded untouched: flow seen only from the middle"},
    {"pass_untouchable", "forwarded untouched: MD5, TCP-AO or MPTCP flow"},
    {"pass_out_of_window", "forwarded untouched: outside the window, state not changed"},
    {"pass_observed", "forwarded untouched: mode observe"},
    {"pass_control", "forwarded at once: SYN, RST, probe, keepalive or challenge"},
    {"pass_tracked", "forwarded untouched: tracked, nothing to repair"},
    {"pass_uncached", "forwarded untouched: no cache left for a copy"},
    {"pass_edited", "forwarded with window or SACK edited"},
    {"pass_paced", "data forwarded at the paced time"},
    {"pass_released", "acknowledgment forwarded after a hold"},
    {"pass_resequenced", "data forwarded after waiting for what it had overtaken"},
    {"held_ack_superseded", "acknowledgment dropped: a newer one says the same and more"},
    {"held_duplicate_ack", "duplicate acknowledgment withheld while the hole is repaired"},
    {"held_queued_copy", "copy of a segment dropped: the original still waits here"},
    {"held_already_acked", "data dropped: its receiver acknowledged it before its turn came"},
    {"held_claimed_ack", "acknowledgment dropped: we had acknowledged its bytes early"},
    {"held_claimed_copy", "copy of a segment dropped: we answer for its bytes"},
    {"drop_transmit_full", "lost: the transmit queue was full"},
}};

[[nodiscard]] constexpr std::string_view to_string(Fate fate) noexcept {
  return kFates[static_cast<std::size_t>(fate)].name;
}

}  // namespace gimbal
