#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <vector>

#include "config/json_reader.h"

namespace gimbal {

namespace {

using nlohmann::json;

/// The deepest nesting of `text`, strings skipped. Counts brackets without believing the syntax.
std::size_t nesting_depth(std::string_view text) noexcept {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
    if ((c == '}' || c == ']') && depth > 0) --depth;
  }
  return deepest;
}

/// Keys of the objects being parsed, to notice one given twice: the tree keeps only the last.
class DuplicateKeys {
 public:
  bool operator()(json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) open_.emplace_back();
    if (event == json::parse_event_t::object_end) open_.pop_back();
    if (event == json::parse_event_t::key && first_.empty()) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!open_.back().insert(key).second) first_ = parsed.dump(-1, ' ', true).substr(0, 64);
    }
    return true;
  }
  [[nodiscard]] const std::string& first() const noexcept { return first_; }

 private:
  std::vector<std::set<std::string>> open_;
  std::string first_;
};

std::string position(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto start = before.rfind('\n');
  const auto column = before.size() - (start == std::string_view::npos ? 0 : start + 1);
  return "line " + std::to_string(line) + ", column " + std::to_string(column + 1);
}

/// The library's complaint without its own prefix and position.
std::string complaint(const std::string& what) {
  auto text = what;
  if (const auto at = text.find("syntax error"); at != std::string::npos) text = text.substr(at);
  if (const auto at = text.find("] "); text.front() == '[' && at != std::string::npos)
    text = text.substr(at + 2);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
  constexpr std::size_t kLongest = 200;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

}  // namespace

Result<json> parse_json(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.bytes)
    return Error{"document", std::to_string(text.size()) + " bytes: must be at most " +
                                 std::to_string(limits.bytes)};
  if (nesting_depth(text) > limits.depth)
    return Error{"document",
                 "nested deeper than " + std::to_string(limits.depth) + " levels: flatten it"};
  try {
    DuplicateKeys keys;
    auto document = json::parse(text, [&keys](int, json::parse_event_t event, json& parsed) {
      return keys(event, parsed);
    });
    if (!keys.first().empty())
      return Error{"document", "key " + keys.first() + " given twice in one object: keep one"};
    return document;
  } catch (const json::parse_error& error) {
    const auto offset = error.byte == 0 ? std::size_t{0} : error.byte - 1;
    return Error{position(text, offset), complaint(error.what())};
  } catch (const json::exception& error) {
    return Error{"document", complaint(error.what())};
  }
}

Result<std::string> read_text_file(const std::string& path, JsonLimits limits) {
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  if (!file) return Error{path, std::string{"cannot open: "} + std::strerror(errno)};
  std::string text(limits.bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof()))
    return Error{path, std::string{"cannot read: "} + std::strerror(errno)};
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > limits.bytes)
    return Error{path, "must be at most " + std::to_string(limits.bytes) + " bytes"};
  return text;
}

}  // namespace gimbal
