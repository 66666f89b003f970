#pragma once

#include <cstddef>
#include <string>

namespace gimbal::impair {

/// The profiles for a person: name, parameters with their values, and beneath, in lines of at most
/// `width`, what the figures rest on.
[[nodiscard]] std::string profile_list(std::size_t width = 96);

}  // namespace gimbal::impair
