#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "control/http.h"

namespace gimbal {

/// One row of the table: what answers a method on a path.
struct Route {
  std::string method;
  std::string path;
  std::function<HttpResponse(const HttpRequest&)> answer;
};

/// Finds the row of a request. Paths are compared whole; HEAD is answered by GET; an unknown path
/// is 404, an unknown method on a known one 405 with Allow. A handler that throws is 500: one bad
/// request never ends the server. Not thread-safe.
class Router {
 public:
  explicit Router(std::vector<Route> routes) : routes_{std::move(routes)} {}

  [[nodiscard]] HttpResponse answer(const HttpRequest& request) const;
  [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace gimbal
