#pragma once

#include <array>
#include <cstdint>

// Made by make_hdr_fixture.mjs from hdr-histogram-js 3.0.1; see there.
namespace gimbal::probe {

struct HdrCase {
  const char* name;
  std::uint32_t seed;
  unsigned shift;
  unsigned spread;
  std::array<std::uint64_t, 7> at;  ///< Values at kHdrPercentiles.
  double mean;
};

inline constexpr int kHdrCount = 100000;
inline constexpr std::array kHdrPercentiles{1.00, 25.00, 50.00, 90.00, 99.00, 99.90, 99.99};
inline constexpr std::array kHdrCases{
    HdrCase{"small", 1, 25, 0, {1, 31, 63, 115, 126, 127, 127}, 63.461},
    HdrCase{"milliseconds",
            2,
            10,
            0,
            {40447, 1044479, 2088959, 3784703, 4161535, 4194303, 4194303},
            2092916.836},
    HdrCase{"wide",
            3,
            0,
            24,
            {61, 8639, 548863, 459276287, 3271557119, 4194303999, 4294967295},
            178769025.654},
    HdrCase{"long_tail",
            4,
            4,
            12,
            {8063, 266239, 2129919, 71303167, 235929599, 265289727, 268435455},
            22313456.574},
    HdrCase{"full",
            5,
            0,
            0,
            {46661631, 1090519039, 2164260863, 3875536895, 4261412863, 4294967295, 4294967295},
            2154885295.481},
};

}  // namespace gimbal::probe
