#include <algorithm>
#include <cctype>

#include "control/api.h"

namespace gimbal {

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

void add_operations(nlohmann::json& document, const std::vector<ExtraRoute>& extras) {
  for (const auto& route : extras)
    document["paths"][route.path][lower(route.method)] = route.operation;
}

nlohmann::json openapi_for(const std::vector<Route>& routes, const Backend& backend) {
  using nlohmann::json;
  auto document = json::parse(openapi_document());
  document["info"]["title"] = backend.program();
  document["info"]["version"] = backend.version();
  auto paths = json::object();
  for (const auto& entry : document["paths"].items()) {
    const std::string& path = entry.key();
    for (const auto& [name, operation] : entry.value().items()) {
      auto method = name;
      std::transform(method.begin(), method.end(), method.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      const bool present = std::any_of(routes.begin(), routes.end(), [&](const Route& route) {
        return route.path == path && route.method == method;
      });
      if (present) paths[path][name] = operation;
    }
  }
  document["paths"] = std::move(paths);
  return document;
}

}  // namespace gimbal
