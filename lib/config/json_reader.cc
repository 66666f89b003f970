#include "config/json_reader.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace gimbal {

namespace {

using nlohmann::json;

const json kNull;

bool is_plain(std::string_view key) noexcept {
  return !key.empty() && key.size() <= 64 && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

/// One line of printable ASCII, at most 64 characters, however odd the text.
std::string printable(std::string_view text) {
  auto quoted =
      json(std::string{text.substr(0, 64)}).dump(-1, ' ', true, json::error_handler_t::replace);
  quoted = quoted.substr(1, quoted.size() - 2);
  if (text.size() > 64) quoted += "...";
  return quoted;
}

std::string path_of_member(const std::string& parent, std::string_view key) {
  if (!is_plain(key)) return parent + "[\"" + printable(key) + "\"]";
  return parent.empty() ? std::string{key} : parent + '.' + std::string{key};
}

std::string shown(const json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  if (value.is_string()) return "'" + printable(value.get_ref<const std::string&>()) + "'";
  return value.dump();
}

/// A number without trailing zeros, for messages.
std::string plain(double value) { return json(value).dump(); }
std::string plain(std::int64_t value) { return std::to_string(value); }
std::string plain(std::uint64_t value) { return std::to_string(value); }

template <class T>
std::string range(T low, T high) {
  return plain(low) + " to " + plain(high);
}

/// Levenshtein distance: how many letters to add, drop or change.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row.back();
}

std::string unknown_key(std::string_view key, std::initializer_list<std::string_view> known) {
  const auto* nearest = std::min_element(known.begin(), known.end(), [key](auto a, auto b) {
    return edit_distance(key, a) < edit_distance(key, b);
  });
  const bool near = key.size() <= 64 && nearest != known.end() &&
                    edit_distance(key, *nearest) <= std::max<std::size_t>(1, nearest->size() / 3);
  if (near) return "unknown key: did you mean '" + std::string{*nearest} + "'?";
  std::string all;
  for (const auto name : known) all += (all.empty() ? "" : ", ") + std::string{name};
  return "unknown key: remove it (known here: " + all + ")";
}

/// Takes the first step off a path: a plain key, [index], or ["any key"].
std::string take_step(std::string_view& path) {
  const auto cut = [&path](std::size_t skip, std::string_view closing) {
    const auto end = std::min(path.find(closing, skip), path.size());
    const auto step = path.substr(skip, end - skip);
    path.remove_prefix(std::min(end + closing.size(), path.size()));
    return std::string{step};
  };
  if (path.front() == '.') path.remove_prefix(1);
  if (path.substr(0, 2) == "[\"") {
    const auto escaped = cut(2, "\"]");
    const auto text = json::parse('"' + escaped + '"', nullptr, false);
    return text.is_string() ? text.get<std::string>() : escaped;
  }
  if (path.substr(0, 1) == "[") return cut(1, "]");
  const std::string step{path.substr(0, path.find_first_of(".["))};
  path.remove_prefix(step.size());
  return step;
}

}  // namespace

void JsonReader::fail(std::string what) const {
  if (!*error_) *error_ = Error{path_.empty() ? "document" : path_, std::move(what)};
}

void JsonReader::fail_value(const std::string& mend) const { fail(shown(*value_) + ": " + mend); }

void JsonReader::allow_only(std::initializer_list<std::string_view> keys) const {
  if (!value_->is_object()) return fail_value("must be an object {...}");
  for (const auto& [key, value] : value_->items())
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      return at(std::string_view{key}).fail(unknown_key(key, keys));
}

std::optional<JsonReader> JsonReader::find(std::string_view key) const {
  if (!value_->is_object()) {
    fail_value("must be an object {...}");
    return std::nullopt;
  }
  const auto found = value_->find(key);
  if (found == value_->end()) return std::nullopt;
  return JsonReader{*found, path_of_member(path_, key), error_};
}

JsonReader JsonReader::at(std::string_view key) const {
  if (const auto found = find(key)) return *found;
  const JsonReader missing{kNull, path_of_member(path_, key), error_};
  missing.fail("missing: add it");
  return missing;
}

std::size_t JsonReader::size(std::size_t low, std::size_t high) const {
  if (!value_->is_array()) {
    fail_value("must be an array [...]");
    return 0;
  }
  const auto count = value_->size();
  if (count >= low && count <= high) return count;
  fail(std::to_string(count) + " entries: must have " +
       range(std::uint64_t{low}, std::uint64_t{high}));
  return 0;
}

JsonReader JsonReader::at(std::size_t index) const {
  const auto path = path_ + '[' + std::to_string(index) + ']';
  if (value_->is_array() && index < value_->size()) return {(*value_)[index], path, error_};
  const JsonReader missing{kNull, path, error_};
  missing.fail("missing: add it");
  return missing;
}

std::int64_t JsonReader::signed_within(std::int64_t low, std::int64_t high) const {
  if (!value_->is_number_integer()) {
    fail_value("must be a whole number, " + range(low, high));
    return low;
  }
  const bool beyond = value_->is_number_unsigned() && value_->get<std::uint64_t>() > INT64_MAX;
  const auto value = beyond ? INT64_MAX : value_->get<std::int64_t>();
  if (!beyond && value >= low && value <= high) return value;
  fail_value("must be " + range(low, high));
  return low;
}

std::uint64_t JsonReader::unsigned_within(std::uint64_t low, std::uint64_t high) const {
  if (!value_->is_number_integer()) {
    fail_value("must be a whole number, " + range(low, high));
    return low;
  }
  const bool negative = !value_->is_number_unsigned() && value_->get<std::int64_t>() < 0;
  const auto value = negative ? 0 : value_->get<std::uint64_t>();
  if (!negative && value >= low && value <= high) return value;
  fail_value("must be " + range(low, high));
  return low;
}

double JsonReader::number(double low, double high) const {
  if (!value_->is_number()) {
    fail_value("must be a number, " + range(low, high));
    return low;
  }
  const auto value = value_->get<double>();
  if (std::isfinite(value) && value >= low && value <= high) return value;
  fail_value("must be " + range(low, high));
  return low;
}

bool JsonReader::boolean() const {
  if (value_->is_boolean()) return value_->get<bool>();
  fail_value("must be true or false");
  return false;
}

std::string JsonReader::text(std::size_t low, std::size_t high) const {
  if (!value_->is_string()) {
    fail_value("must be a text in quotes");
    return {};
  }
  const auto& text = value_->get_ref<const std::string&>();
  if (text.size() >= low && text.size() <= high) return text;
  fail(std::to_string(text.size()) + " characters: must have " +
       range(std::uint64_t{low}, std::uint64_t{high}));
  return {};
}

std::string to_json_pointer(std::string_view path) {
  std::string pointer;
  while (!path.empty()) {
    pointer += '/';
    for (const char c : take_step(path))
      pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  }
  return pointer;
}

}  // namespace gimbal
