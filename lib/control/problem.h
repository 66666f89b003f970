#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "control/http.h"

namespace gimbal {

/// An error answer (RFC 9457, application/problem+json): type, title, status, detail, instance.
HttpResponse problem(unsigned status, std::string_view detail, std::string_view instance);

/// The same for a refused document: `detail` is the error's line, `pointer` the place in it as a
/// URI fragment ("#/policy/rules/0/match/port").
HttpResponse document_problem(unsigned status, const Error& error, std::string_view instance);

/// The reason phrase of a status this server uses.
[[nodiscard]] std::string_view status_title(unsigned status) noexcept;

}  // namespace gimbal
