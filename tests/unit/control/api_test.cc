#include "control/api.h"

#include "fake_backend.h"
#include "support/catch.h"

namespace gimbal {
namespace {

using nlohmann::json;

struct Api {
  FakeBackend backend;

  HttpResponse call(const char* method, const char* target, std::string body = {},
                    std::string type = "application/json", std::string if_match = {}) {
    HttpRequest request;
    request.method = method;
    REQUIRE(parse_target(target, request));
    request.body = std::move(body);
    request.content_type = std::move(type);
    request.if_match = std::move(if_match);
    return make_api(backend).answer(request);
  }
};

std::string header(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

json problem_of(const HttpResponse& response) {
  CHECK(response.content_type == "application/problem+json");
  const auto body = json::parse(response.body);
  for (const auto* member : {"type", "title", "status", "detail", "instance"})
    CHECK(body.contains(member));
  CHECK(body["status"] == response.status);
  CHECK(body["detail"].get<std::string>().find('\n') == std::string::npos);
  return body;
}

TEST_CASE("health does not depend on packets; readiness does", "[control][api]") {
  Api api;
  CHECK(api.call("GET", "/healthz").status == 200);
  CHECK(api.call("GET", "/readyz").status == 200);
  api.backend.is_ready = false;
  CHECK(api.call("GET", "/healthz").status == 200);
  CHECK(problem_of(api.call("GET", "/readyz"))["status"] == 503);
}

TEST_CASE("status adds who answers", "[control][api]") {
  Api api;
  const auto status = json::parse(api.call("GET", "/api/v1/status").body);
  CHECK(status ==
        json{{"program", "gimbal"}, {"version", "1.2.3"}, {"ready", true}, {"mode", "auto"}});
}

TEST_CASE("an unknown path is 404, a known one names its methods", "[control][api]") {
  Api api;
  CHECK(problem_of(api.call("GET", "/api/v1/nothing"))["instance"] == "/api/v1/nothing");
  CHECK(api.call("GET", "/api/v1/status/").status == 404);
  const auto refused = api.call("DELETE", "/api/v1/config");
  CHECK(problem_of(refused)["status"] == 405);
  CHECK(header(refused, "Allow") == "GET, HEAD, PATCH");
  CHECK(api.call("HEAD", "/api/v1/config").status == 200);
}

TEST_CASE("the configuration carries a tag that changes with it", "[control][api]") {
  Api api;
  const auto before = api.call("GET", "/api/v1/config");
  const auto tag = header(before, "ETag");
  CHECK(json::parse(before.body) == describe(api.backend.configuration));
  const auto patched =
      api.call("PATCH", "/api/v1/config", R"({"policy": {"default": {"mode": "observe"}}})",
               "application/merge-patch+json", tag);
  CHECK(patched.status == 200);
  CHECK(json::parse(patched.body)["policy"]["default"]["mode"] == "observe");
  CHECK(header(patched, "ETag") != tag);
  CHECK(header(patched, "ETag") == header(api.call("GET", "/api/v1/config"), "ETag"));
  CHECK(api.backend.configuration.policy.fallback.mode == Mode::observe);
}

TEST_CASE("a stale If-Match is 412 and changes nothing", "[control][api]") {
  Api api;
  const auto refused = api.call("PATCH", "/api/v1/config", R"({"policy": {"rules": []}})",
                                "application/json", "\"0123456789abcdef\"");
  CHECK(problem_of(refused)["status"] == 412);
  CHECK(api.backend.configuration.policy.generation == 0);
  CHECK(api.call("PATCH", "/api/v1/config", "{}", "application/json", "*").status == 200);
}

TEST_CASE("an unchanged configuration is 304 without a body", "[control][api]") {
  Api api;
  HttpRequest request{.method = "GET", .path = "/api/v1/config"};
  request.if_none_match = header(api.call("GET", "/api/v1/config"), "ETag");
  const auto response = make_api(api.backend).answer(request);
  CHECK(response.status == 304);
  CHECK(response.body.empty());
}

TEST_CASE("a refused patch points at the place", "[control][api]") {
  Api api;
  const auto refused =
      api.call("PATCH", "/api/v1/config",
               R"({"policy": {"rules": [{"match": {"port": 70000}, "mode": "auto"}]}})");
  const auto body = problem_of(refused);
  CHECK(body["status"] == 422);
  CHECK(body["pointer"] == "#/policy/rules/0/match/port");
  CHECK(body["detail"] == "policy.rules[0].match.port: 70000: must be 0 to 65535");
  CHECK(api.backend.configuration.policy.generation == 0);
  const auto fixed = problem_of(api.call("PATCH", "/api/v1/config", R"({"memory": {"flows": 9}})"));
  CHECK(fixed["pointer"] == "#/memory/flows");
  CHECK(fixed["detail"].get<std::string>().find("restart") != std::string::npos);
  const auto odd = problem_of(api.call("PATCH", "/api/v1/config", R"({"a b\n": 1})"));
  CHECK(odd["pointer"] == "#/a%20b%0A");
}

TEST_CASE("a body that is not JSON is 400, one of another type 415", "[control][api]") {
  Api api;
  CHECK(problem_of(api.call("PATCH", "/api/v1/config", "{"))["status"] == 400);
  CHECK(problem_of(api.call("PATCH", "/api/v1/config", ""))["status"] == 400);
  CHECK(problem_of(api.call("PATCH", "/api/v1/config", "{}", "text/plain"))["status"] == 415);
  CHECK(api.call("PATCH", "/api/v1/config", "{}", "application/json; charset=utf-8").status == 200);
  const auto deep = std::string(1000, '[') + std::string(1000, ']');
  CHECK(problem_of(api.call("PATCH", "/api/v1/config", deep))["status"] == 400);
  CHECK(problem_of(api.call("PUT", "/api/v1/mode", deep))["status"] == 400);
}

TEST_CASE("the mode is set and answered", "[control][api]") {
  Api api;
  const auto set = api.call("PUT", "/api/v1/mode", R"({"mode": "bypass"})");
  CHECK(json::parse(set.body) == json{{"mode", "bypass"}});
  CHECK(api.backend.ceiling == Mode::bypass);
  CHECK(json::parse(api.call("GET", "/api/v1/mode").body)["mode"] == "bypass");
  const auto refused = problem_of(api.call("PUT", "/api/v1/mode", R"({"mode": "repair"})"));
  CHECK(refused["pointer"] == "#/mode");
  CHECK(api.call("PUT", "/api/v1/mode", R"({"mode": "auto", "for": 3})").status == 422);
  CHECK(api.call("PUT", "/api/v1/mode", R"("bypass")").status == 422);
  CHECK(api.backend.ceiling == Mode::bypass);
}

TEST_CASE("a flow shows verdict, figures with units, and what was done", "[control][flows]") {
  Api api;
  api.backend.rows = {sample_flow(5001, "ESTABLISHED", "jitter-reorder")};
  const auto flow = json::parse(api.call("GET", "/api/v1/flows").body)["flows"][0];
  CHECK(flow["client"] == json{{"address", "10.0.0.1"}, {"port", 5001}});
  CHECK(flow["state"] == "ESTABLISHED");
  CHECK(flow["mode"] == "auto");
  CHECK(flow["age_ms"] == 1500);
  const auto& half = flow["halves"][1];
  CHECK(half["data_from"] == "server");
  CHECK(half["verdict"] == "jitter-reorder");
  CHECK(half["reason"] == "holes filled late");
  CHECK(half["far_rtt_floor_ms"] == 20.125);
  CHECK(half["delivery_rate_mbit"] == 93.5);
  CHECK(half["near_rtt_ms"].is_null());
  CHECK(half["window_bytes"].is_null());
  CHECK(flow["vlan"].is_null());
  CHECK(half["local_retransmissions"] == 12);
  CHECK(half["acks_withheld"] == 34);
}

TEST_CASE("what was measured is a number, not a list of one", "[control][flows]") {
  Api api;
  auto row = sample_flow(5001, "ESTABLISHED", "clean");
  row.vlan = 7;
  row.halves[1].window = 64'000;
  api.backend.rows = {row};
  const auto flow = json::parse(api.call("GET", "/api/v1/flows").body)["flows"][0];
  CHECK(flow["vlan"] == json(7));
  CHECK(flow["halves"][1]["window_bytes"] == json(64'000));
  CHECK(flow["halves"][1]["far_rtt_floor_ms"].is_number());
}

TEST_CASE("flows are filtered and paged", "[control][flows]") {
  Api api;
  for (std::uint16_t port = 1; port <= 5; ++port)
    api.backend.rows.push_back(sample_flow(port, port < 3 ? "SYN_SENT" : "ESTABLISHED",
                                           port == 5 ? "clean" : "congested"));
  const auto page = [&](const char* target) { return json::parse(api.call("GET", target).body); };
  CHECK(page("/api/v1/flows")["matching"] == 5);
  CHECK(page("/api/v1/flows?state=ESTABLISHED")["matching"] == 3);
  CHECK(page("/api/v1/flows?state=ESTABLISHED&verdict=congested")["matching"] == 2);
  const auto second = page("/api/v1/flows?limit=2&offset=3");
  CHECK(second["flows"].size() == 2);
  CHECK(second["flows"][0]["client"]["port"] == 4);
}

TEST_CASE("a query that is not understood is 400", "[control][flows]") {
  Api api;
  for (const auto* target :
       {"/api/v1/flows?limit=0", "/api/v1/flows?limit=1001", "/api/v1/flows?limit=ten",
        "/api/v1/flows?limit=", "/api/v1/flows?offset=-1", "/api/v1/flows?verdic=clean",
        "/api/v1/flows?limit=99999999999999999999999"})
    CHECK(problem_of(api.call("GET", target))["status"] == 400);
}

class ThrowingBackend : public FakeBackend {
 public:
  nlohmann::json status() const override { throw std::runtime_error{"sensor gone"}; }
};

TEST_CASE("a handler that throws is 500 and the next request is served", "[control][api]") {
  ThrowingBackend backend;
  const auto api = make_api(backend);
  HttpRequest request{.method = "GET", .path = "/api/v1/status"};
  CHECK(problem_of(api.answer(request))["detail"] == "sensor gone");
  request.path = "/healthz";
  CHECK(api.answer(request).status == 200);
}

}  // namespace
}  // namespace gimbal
