#pragma once

#include <string>
#include <string_view>

namespace gimbal::probe::page {

/// Text as it may stand in HTML and in a quoted attribute.
std::string escape(std::string_view text);

/// A number for people: four significant digits, no exponent between a thousandth and a million
/// million, thousands separated. "-" for what is not finite.
std::string number(double value);

/// The same with its unit: "61.3 ms", "1,200 Mb/s", "0.02 %"; only the number without one.
std::string with_unit(double value, std::string_view unit);

/// A number for machines inside the page: at most five significant digits.
std::string compact(double value);

}  // namespace gimbal::probe::page
