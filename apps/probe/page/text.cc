#include "probe/page/text.h"

#include <cmath>
#include <cstdio>

namespace gimbal::probe::page {
namespace {

std::string print(const char* format, int precision, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, precision, value);
  return text;
}

void separate_thousands(std::string& text) {
  const std::size_t first = text.front() == '-' ? 1 : 0;
  std::size_t end = text.find('.');
  if (end == std::string::npos) end = text.size();
  for (std::size_t at = end; at > first + 3;) text.insert(at -= 3, 1, ',');
}

void strip_zeros(std::string& text) {
  if (text.find('.') == std::string::npos) return;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string number(double value) {
  if (!std::isfinite(value)) return "-";
  if (value == 0) return "0";
  const double size = std::fabs(value);
  if (size < 1e-3 || size >= 1e12) return print("%.*g", 4, value);
  const int digits = static_cast<int>(std::floor(std::log10(size))) + 1;
  std::string text = print("%.*f", std::max(0, 4 - digits), value);
  strip_zeros(text);
  separate_thousands(text);
  return text;
}

std::string with_unit(double value, std::string_view unit) {
  if (unit.empty()) return number(value);
  return number(value) + (unit.front() == '/' ? "" : " ") + std::string{unit};
}

std::string compact(double value) { return print("%.*g", 5, value); }

}  // namespace gimbal::probe::page
