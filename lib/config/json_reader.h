#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace gimbal {

/// Caps checked before a document is parsed, so a hostile one costs one scan and no tree.
struct JsonLimits {
  std::size_t bytes{256 * 1024};
  std::size_t depth{32};  ///< Nested objects and arrays.
};

/// Parses one JSON text (RFC 8259). Errors have `where` = "line L, column C" (both from 1) for
/// syntax, or "document" for a broken cap. A key given twice in one object is an error: parsers
/// disagree on which one counts.
Result<nlohmann::json> parse_json(std::string_view text, JsonLimits limits = {});

/// Reads a whole file of at most `limits.bytes`. `where` = the path as given.
Result<std::string> read_text_file(const std::string& path, JsonLimits limits = {});

/// "a.b[3].c" as a JSON pointer, "/a/b/3/c" (RFC 6901). Understands every path JsonReader makes.
std::string to_json_pointer(std::string_view path);

/// A value of a JSON document together with its path. Readers made from one another share one
/// error slot: the first failure is kept with its path, later reads answer defaults, so a whole
/// document is read straight down and checked once at the end:
///
///     std::optional<Error> error;
///     JsonReader root{document, error};
///     root.allow_only({"port"});
///     const auto port = root.at("port").integer<std::uint16_t>(0, 65535);
///     if (error) return *error;  // "port: 70000: must be 0 to 65535"
///
/// The document must outlive its readers. Not thread-safe.
class JsonReader {
 public:
  template <class Enum>
  struct Choice {
    std::string_view name;
    Enum value;
  };

  JsonReader(const nlohmann::json& document, std::optional<Error>& error)
      : value_{&document}, error_{&error} {}

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const nlohmann::json& raw() const noexcept { return *value_; }

  /// Fails unless this is an object all of whose keys are in `keys`; names the nearest one.
  void allow_only(std::initializer_list<std::string_view> keys) const;
  /// The member `key`; missing is an error.
  [[nodiscard]] JsonReader at(std::string_view key) const;
  /// The member `key`, or nothing when it is absent. An explicit null is present.
  [[nodiscard]] std::optional<JsonReader> find(std::string_view key) const;
  /// Length of an array within [low, high]; 0 after a failure.
  [[nodiscard]] std::size_t size(std::size_t low, std::size_t high) const;
  [[nodiscard]] JsonReader at(std::size_t index) const;

  [[nodiscard]] bool is_null() const noexcept { return value_->is_null(); }
  /// A whole number within [low, high]; `low` after a failure. 5.0 is not a whole number.
  template <class T>
  [[nodiscard]] T integer(T low, T high) const {
    static_assert(std::is_integral_v<T>);
    if constexpr (std::is_signed_v<T>)
      return static_cast<T>(signed_within(low, high));
    else
      return static_cast<T>(unsigned_within(low, high));
  }
  /// A number within [low, high]; `low` after a failure.
  [[nodiscard]] double number(double low, double high) const;
  [[nodiscard]] bool boolean() const;
  /// A string of `low` to `high` bytes; empty after a failure.
  [[nodiscard]] std::string text(std::size_t low, std::size_t high) const;
  /// One of some names; the first after a failure.
  template <class Enum>
  [[nodiscard]] Enum choice(std::span<const Choice<Enum>> choices) const {
    std::string names;
    for (const auto& choice : choices) {
      if (value_->is_string() && value_->template get_ref<const std::string&>() == choice.name)
        return choice.value;
      names += (names.empty() ? "'" : ", '") + std::string{choice.name} + "'";
    }
    fail_value("must be one of " + names);
    return choices.front().value;
  }

  /// Records "<path>: <what>" unless an earlier failure stands.
  void fail(std::string what) const;
  /// Records "<path>: <the value, shortened>: <mend>".
  void fail_value(const std::string& mend) const;
  [[nodiscard]] bool failed() const noexcept { return error_->has_value(); }

 private:
  JsonReader(const nlohmann::json& value, std::string path, std::optional<Error>* error)
      : value_{&value}, path_{std::move(path)}, error_{error} {}
  [[nodiscard]] std::int64_t signed_within(std::int64_t low, std::int64_t high) const;
  [[nodiscard]] std::uint64_t unsigned_within(std::uint64_t low, std::uint64_t high) const;

  const nlohmann::json* value_;
  std::string path_;
  std::optional<Error>* error_;
};

}  // namespace gimbal
