#include "control/router.h"

#include <exception>

#include "control/problem.h"

namespace gimbal {

HttpResponse Router::answer(const HttpRequest& request) const {
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  std::string allowed;
  for (const auto& route : routes_) {
    if (route.path != request.path) continue;
    if (route.method != method) {
      allowed += (allowed.empty() ? "" : ", ") + route.method;
      if (route.method == "GET") allowed += ", HEAD";
      continue;
    }
    try {
      return route.answer(request);
    } catch (const std::exception& error) {
      return problem(500, error.what(), request.path);
    }
  }
  if (allowed.empty()) return problem(404, "no such resource: see /openapi.json", request.path);
  auto response =
      problem(405, request.method + " is not for this resource: use " + allowed, request.path);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace gimbal
