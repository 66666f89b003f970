#pragma once

#include <string>
#include <utility>
#include <variant>

namespace gimbal {

/// What went wrong, in one line a person can act on: where (a JSON path, an interface, a file),
/// what was found there, and the mend.
struct Error {
  std::string where;
  std::string what;

  [[nodiscard]] std::string message() const { return where.empty() ? what : where + ": " + what; }
};

/// A value or the reason there is none. For boot and control code; the packet path answers with
/// fates instead.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_{std::move(value)} {}      // NOLINT: implicit by design
  Result(Error error) : state_{std::move(error)} {}  // NOLINT: implicit by design

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] T& value() { return std::get<0>(state_); }
  [[nodiscard]] const T& value() const { return std::get<0>(state_); }
  [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace gimbal
