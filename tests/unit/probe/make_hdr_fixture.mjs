// Writes hdr_fixture.h: percentiles of hdr-histogram-js, an independent implementation, for values
// that the test makes again. To regenerate, in a folder of its own:
//   npm install hdr-histogram-js@3.0.1 && node make_hdr_fixture.mjs > hdr_fixture.h
import { build } from "hdr-histogram-js";

const PERCENTILES = [1, 25, 50, 90, 99, 99.9, 99.99];
const COUNT = 100000;

// Numerical Recipes' generator modulo 2^32: the same in every language.
function* words(seed) {
  for (let x = seed; ; yield x) x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
}

// `spread` 0: uniform over 32 bits shifted by `shift`; else shifted further by up to `spread` bits,
// which spreads the values over the powers of two.
function* values(seed, shift, spread) {
  const word = words(seed);
  for (let i = 0; i < COUNT; ++i) {
    const value = word.next().value;
    const extra = spread === 0 ? 0 : (word.next().value >>> 8) % spread;
    yield value >>> (shift + extra);
  }
}

const CASES = [
  ["small", 1, 25, 0],
  ["milliseconds", 2, 10, 0],
  ["wide", 3, 0, 24],
  ["long_tail", 4, 4, 12],
  ["full", 5, 0, 0],
];

console.log(`#pragma once

#include <array>
#include <cstdint>

// Made by make_hdr_fixture.mjs from hdr-histogram-js 3.0.1; see there.
namespace gimbal::probe {

struct HdrCase {
  const char* name;
  std::uint32_t seed;
  unsigned shift;
  unsigned spread;
  std::array<std::uint64_t, ${PERCENTILES.length}> at;  ///< Values at kHdrPercentiles.
  double mean;
};

inline constexpr int kHdrCount = ${COUNT};
inline constexpr std::array kHdrPercentiles{${PERCENTILES.map((p) => p.toFixed(2)).join(", ")}};
inline constexpr std::array kHdrCases{`);
for (const [name, seed, shift, spread] of CASES) {
  // Two significant digits need 256 parts in the first range: the same 128 per power of two.
  const histogram = build({
    bitBucketSize: 64, autoResize: false, lowestDiscernibleValue: 1, highestTrackableValue: 2 ** 40,
    numberOfSignificantValueDigits: 2 });
  for (const value of values(seed, shift, spread)) histogram.recordValue(value);
  const at = PERCENTILES.map((p) => histogram.getValueAtPercentile(p));
  console.log(`    HdrCase{"${name}", ${seed}, ${shift}, ${spread}, {${at.join(", ")}}, ${histogram.mean.toFixed(3)}},`);
}
console.log("};\n\n}  // namespace gimbal::probe");
