#pragma once

#include <cstdint>

#include "config/config.h"
#include "config/json_reader.h"

namespace gimbal {

inline constexpr std::uint32_t kFewestPackets = 1024;
inline constexpr std::uint32_t kMostPackets = 8U << 20U;  ///< 8 Mi buffers of 2 KiB are 16 GiB.
inline constexpr std::uint32_t kFewestFlows = 1;
inline constexpr std::uint32_t kMostFlows = 16U << 20U;
inline constexpr unsigned kMostWorkers = 64;
inline constexpr unsigned kHighestCore = 1023;

/// The sections appliance and emulator have in common. Each fails through its reader.

/// `{"device": ...}`: `iface:NAME`, a PCI address, or a DPDK vdev string.
PortConfig read_port(const JsonReader& in);
/// Two sections `first` and `second` of `in`, which must not name one device twice.
void require_distinct(const JsonReader& first, const JsonReader& second);
/// `{"cores": [...], "idle": ...}`: 1 to 64 distinct cores.
WorkersConfig read_workers(const JsonReader& in);
/// `{"hugepages": ..., "packets": ..., "flows": ...}`.
MemoryConfig read_memory(const JsonReader& in);
/// `{"listen": "ADDRESS:PORT"}`, loopback only; an absent member leaves `defaults`.
ControlConfig read_control(const JsonReader& in, ControlConfig defaults);

/// The same sections as JSON, defaults spelled out; reading them gives the value again.
nlohmann::json describe(const PortConfig& port);
nlohmann::json describe(const WorkersConfig& workers);
nlohmann::json describe(const MemoryConfig& memory);
nlohmann::json describe(const ControlConfig& control);

}  // namespace gimbal
