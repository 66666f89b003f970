#pragma once

#include <cstdint>

#include "base/rng.h"
#include "flow/flow_key.h"

namespace gimbal {

/// A segment between two ends that `number` alone decides: neighbouring numbers differ as little as
/// real flows do, by a port or the last byte of an address.
inline Segment segment_number(std::uint32_t number) {
  Segment s;
  s.source = {IpAddress::v4(10, 0, static_cast<std::uint8_t>(number >> 24),
                            static_cast<std::uint8_t>(number >> 16)),
              static_cast<std::uint16_t>(number)};
  s.destination = {IpAddress::v4(192, 168, 0, 1), 443};
  return s;
}

inline Segment turned(const Segment& s) {
  Segment t = s;
  t.source = s.destination;
  t.destination = s.source;
  return t;
}

inline FlowKey key_of(const Segment& s) {
  bool reversed = false;
  return make_flow_key(s, reversed);
}

inline FlowKey key_number(std::uint32_t number) { return key_of(segment_number(number)); }

inline Endpoint random_endpoint(Rng& rng) {
  Endpoint end;
  if (rng.chance(0.5)) {
    const auto bits = rng.next();
    end.address =
        IpAddress::v4(10, static_cast<std::uint8_t>(bits), 0, static_cast<std::uint8_t>(bits >> 8));
  } else {
    for (auto& byte : end.address.bytes) byte = static_cast<std::uint8_t>(rng.next() >> 56);
  }
  end.port = static_cast<std::uint16_t>(rng.next() % 4);
  return end;
}

}  // namespace gimbal
