#pragma once

#include <algorithm>
#include <cstdio>
#include <string>

namespace gimbal::sim {

/// One line of a table, as printf would write it; at most 255 characters.
template <class... Values>
std::string text_line(const char* format, Values... values) {
  char text[256];
  const int length = std::snprintf(text, sizeof text, format, values...);
  return std::string(text, static_cast<std::size_t>(std::clamp(length, 0, 255)));
}

}  // namespace gimbal::sim
