#include "control/api.h"

#include <array>
#include <charconv>
#include <optional>

#include "config/json_reader.h"
#include "control/flow_json.h"
#include "control/metrics.h"
#include "control/problem.h"

namespace gimbal {

namespace {

using nlohmann::json;

/// Text that came from programs and kernels may not be UTF-8: shown, never a failure.
std::string text_of(const json& document) {
  return document.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

HttpResponse json_answer(const json& document) {
  return {200, "application/json", text_of(document), {}};
}

std::optional<HttpResponse> refuse_type(const HttpRequest& request, std::string_view alternative) {
  const auto type = request.content_type.substr(0, request.content_type.find(';'));
  if (type == "application/json" || type == alternative) return std::nullopt;
  return problem(415, "send the body as application/json", request.path);
}

HttpResponse readiness(const Backend& backend, const HttpRequest& request) {
  if (!backend.ready()) return problem(503, "packets do not flow yet", request.path);
  return json_answer({{"ready", true}});
}

HttpResponse status(const Backend& backend) {
  auto document = backend.status();
  document["program"] = backend.program();
  document["version"] = backend.version();
  document["ready"] = backend.ready();
  return json_answer(document);
}

HttpResponse tagged(const json& config) {
  auto response = json_answer(config);
  response.headers.emplace_back("ETag", etag_of(response.body));
  return response;
}

HttpResponse config(const Backend& backend, const HttpRequest& request) {
  auto response = tagged(backend.config());
  if (!request.if_none_match.empty() && names_etag(request.if_none_match, etag_of(response.body))) {
    response.status = 304;
    response.body.clear();
  }
  return response;
}

HttpResponse patch_config(Backend& backend, const HttpRequest& request) {
  if (auto refused = refuse_type(request, "application/merge-patch+json")) return *refused;
  if (!request.if_match.empty() &&
      !names_etag(request.if_match, etag_of(text_of(backend.config()))))
    return problem(412, "the configuration changed since: GET it again", request.path);
  const auto patch = parse_json(request.body);
  if (!patch) return problem(400, patch.error().message(), request.path);
  const auto changed = backend.patch_config(patch.value());
  if (!changed) return document_problem(422, changed.error(), request.path);
  return tagged(changed.value());
}

constexpr std::array<JsonReader::Choice<Mode>, 3> kModes{
    {{"bypass", Mode::bypass}, {"observe", Mode::observe}, {"auto", Mode::repair}}};

HttpResponse put_mode(Backend& backend, const HttpRequest& request) {
  if (auto refused = refuse_type(request, "application/json")) return *refused;
  const auto document = parse_json(request.body);
  if (!document) return problem(400, document.error().message(), request.path);
  std::optional<Error> error;
  const JsonReader root{document.value(), error};
  root.allow_only({"mode"});
  const auto mode = root.at("mode").choice(std::span<const JsonReader::Choice<Mode>>{kModes});
  if (error) return document_problem(422, *error, request.path);
  const auto set = backend.set_mode(mode);
  if (!set) return document_problem(422, set.error(), request.path);
  return json_answer({{"mode", to_string(set.value())}});
}

HttpResponse extra(const ExtraRoute& route, const HttpRequest& request) {
  nlohmann::json body;
  if (request.method != "GET" && request.method != "HEAD") {
    if (auto refused = refuse_type(request, "application/json")) return *refused;
    auto parsed = parse_json(request.body);
    if (!parsed) return problem(400, parsed.error().message(), request.path);
    body = std::move(parsed.value());
  }
  const auto answer = route.answer(body);
  if (!answer) return document_problem(422, answer.error(), request.path);
  return json_answer(answer.value());
}

/// Reads a query's number; false when it is no number within [low, high].
bool read_number(const HttpRequest& request, const char* name, std::size_t low, std::size_t high,
                 std::size_t& out) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return true;
  const auto& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out >= low && out <= high;
}

HttpResponse flows(const Backend& backend, const HttpRequest& request) {
  constexpr std::size_t kMostRows = 1000;
  FlowQuery query;
  for (const auto& [name, value] : request.query) {
    if (name == "verdict") query.verdict = value;
    if (name == "state") query.state = value;
    if (name != "verdict" && name != "state" && name != "limit" && name != "offset")
      return problem(400, "unknown query '" + name + "': use limit, offset, verdict, state",
                     request.path);
  }
  if (!read_number(request, "limit", 1, kMostRows, query.limit))
    return problem(400, "limit: must be a whole number, 1 to 1000", request.path);
  if (!read_number(request, "offset", 0, SIZE_MAX, query.offset))
    return problem(400, "offset: must be a whole number, 0 or more", request.path);
  const auto page = backend.flows(query);
  auto rows = json::array();
  for (const auto& row : page.rows) rows.push_back(to_json(row));
  return json_answer({{"matching", page.matching},
                      {"limit", query.limit},
                      {"offset", query.offset},
                      {"flows", std::move(rows)}});
}

}  // namespace

Router make_api(Backend& backend) {
  const auto can = backend.capabilities();
  Backend* const b = &backend;
  std::vector<Route> routes{
      {"GET", "/healthz",
       [](const auto&) {
         return json_answer({{"status", "ok"}});
       }},
      {"GET", "/readyz", [b](const auto& request) { return readiness(*b, request); }},
      {"GET", "/metrics",
       [b](const auto&) {
         return HttpResponse{
             200, "text/plain; version=0.0.4; charset=utf-8", serialize_metrics(*b), {}};
       }},
      {"GET", "/api/v1/status", [b](const auto&) { return status(*b); }},
      {"GET", "/api/v1/schema",
       [b](const auto&) {
         return HttpResponse{200, "application/schema+json", std::string{b->schema()}, {}};
       }},
      {"GET", "/api/v1/config", [b](const auto& request) { return config(*b, request); }},
  };
  if (can.patch_config)
    routes.push_back({"PATCH", "/api/v1/config",
                      [b](const auto& request) { return patch_config(*b, request); }});
  if (can.flows)
    routes.push_back(
        {"GET", "/api/v1/flows", [b](const auto& request) { return flows(*b, request); }});
  if (can.mode) {
    routes.push_back({"GET", "/api/v1/mode", [b](const auto&) {
                        return json_answer({{"mode", to_string(b->mode())}});
                      }});
    routes.push_back(
        {"PUT", "/api/v1/mode", [b](const auto& request) { return put_mode(*b, request); }});
  }
  const auto extras = backend.extra_routes();
  for (const auto& route : extras)
    routes.push_back(
        {route.method, route.path, [route](const auto& request) { return extra(route, request); }});
  routes.push_back({"GET", "/openapi.json", {}});
  auto described = openapi_for(routes, backend);
  add_operations(described, extras);
  const auto document = text_of(described);
  routes.back().answer = [document](const auto&) {
    return HttpResponse{200, "application/json", document, {}};
  };
  return Router{std::move(routes)};
}

}  // namespace gimbal
