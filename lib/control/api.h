#pragma once

#include <string_view>

#include "control/backend.h"
#include "control/router.h"

namespace gimbal {

/// The routes a program has, by its capabilities. `backend` must outlive them.
Router make_api(Backend& backend);

/// docs/openapi/gimbal.json, part of the program; `openapi_for` leaves in it only `routes`.
[[nodiscard]] std::string_view openapi_document() noexcept;
nlohmann::json openapi_for(const std::vector<Route>& routes, const Backend& backend);
/// Adds the operations a program has of its own to `document`.
void add_operations(nlohmann::json& document, const std::vector<ExtraRoute>& extras);

}  // namespace gimbal
