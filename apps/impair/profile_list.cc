#include "profile_list.h"

#include <sstream>

#include <nlohmann/json.hpp>

#include "scenario_file.h"

namespace gimbal::impair {
namespace {

constexpr const char* kIndent = "    ";

void wrap(std::ostream& out, const std::string& text, std::size_t width) {
  std::istringstream words{text};
  std::size_t column = 0;
  for (std::string word; words >> word; column += word.size()) {
    const bool fits = column > 0 && column + 1 + word.size() <= width;
    if (fits) {
      out << ' ';
      ++column;
    } else {
      if (column > 0) out << '\n';
      out << kIndent;
      column = 4;
    }
    out << word;
  }
  out << '\n';
}

}  // namespace

std::string profile_list(std::size_t width) {
  std::ostringstream out;
  for (const NamedScenario& scenario : named_scenarios()) {
    const auto document = nlohmann::json::parse(scenario.text);
    out << scenario.name;
    const auto parameters = document.value("parameters", nlohmann::json::object());
    for (const auto& [name, value] : parameters.items()) out << "  " << name << '=' << value.dump();
    if (document.contains("timeline")) {
      out << "  (timeline of " << document.value("timeline_repeat_s", 0.0) << " s)";
    }
    out << '\n';
    wrap(out, document.value("source", ""), width);
  }
  return out.str();
}

}  // namespace gimbal::impair
