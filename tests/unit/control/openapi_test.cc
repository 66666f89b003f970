#include <algorithm>
#include <cctype>
#include <functional>
#include <set>
#include <string>

#include "control/api.h"
#include "fake_backend.h"
#include "support/catch.h"

namespace gimbal {
namespace {

using nlohmann::json;

std::set<std::string> operations_of(const json& document) {
  std::set<std::string> result;
  for (const auto& [path, operations] : document["paths"].items())
    for (const auto& [name, operation] : operations.items()) {
      auto method = name;
      std::transform(method.begin(), method.end(), method.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      result.insert(method + ' ' + path);
    }
  return result;
}

std::set<std::string> operations_of(const Router& router) {
  std::set<std::string> result;
  for (const auto& route : router.routes()) result.insert(route.method + ' ' + route.path);
  return result;
}

json served(const Router& router) {
  return json::parse(router.answer({.method = "GET", .path = "/openapi.json"}).body);
}

TEST_CASE("every route is in the document and the document has no other", "[control][openapi]") {
  FakeBackend backend;
  const auto router = make_api(backend);
  CHECK(operations_of(json::parse(openapi_document())) == operations_of(router));
  CHECK(operations_of(served(router)) == operations_of(router));
}

TEST_CASE("a program without flows and mode does not list them", "[control][openapi]") {
  FakeBackend backend;
  backend.can = {.flows = false, .mode = false, .patch_config = true};
  const auto router = make_api(backend);
  const auto operations = operations_of(served(router));
  CHECK(operations == operations_of(router));
  CHECK(operations.count("GET /api/v1/flows") == 0);
  CHECK(operations.count("PUT /api/v1/mode") == 0);
  CHECK(operations.count("PATCH /api/v1/config") == 1);
  CHECK(router.answer({.method = "GET", .path = "/api/v1/flows"}).status == 404);
}

TEST_CASE("the document is OpenAPI 3.1 and names the program", "[control][openapi]") {
  FakeBackend backend;
  const auto document = served(make_api(backend));
  CHECK(document["openapi"] == "3.1.0");
  CHECK(document["info"]["title"] == "gimbal");
  CHECK(document["info"]["version"] == "1.2.3");
}

TEST_CASE("operation ids are unique and every reference resolves", "[control][openapi]") {
  const auto document = json::parse(openapi_document());
  std::set<std::string> ids;
  std::set<std::string> references;
  const std::function<void(const json&)> visit = [&](const json& node) {
    if (!node.is_structured()) return;
    if (node.is_object() && node.contains("operationId"))
      CHECK(ids.insert(node["operationId"].get<std::string>()).second);
    if (node.is_object() && node.contains("$ref"))
      references.insert(node["$ref"].get<std::string>().substr(1));
    for (const auto& child : node) visit(child);
  };
  visit(document);
  CHECK(ids.size() == operations_of(document).size());
  for (const auto& reference : references) {
    INFO(reference);
    CHECK(document.contains(json::json_pointer{reference}));
  }
}

TEST_CASE("a flow has exactly the members the document requires", "[control][openapi]") {
  FakeBackend backend;
  backend.rows = {sample_flow(1, "ESTABLISHED", "clean")};
  const auto router = make_api(backend);
  const auto page = json::parse(router.answer({.method = "GET", .path = "/api/v1/flows"}).body);
  const auto schemas = json::parse(openapi_document())["components"]["schemas"];
  const auto check = [&](const json& value, const char* schema) {
    std::set<std::string> members;
    for (const auto& [key, member] : value.items()) members.insert(key);
    CHECK(members == schemas[schema]["required"].get<std::set<std::string>>());
    for (const auto& member : members) CHECK(schemas[schema]["properties"].contains(member));
  };
  check(page, "FlowPage");
  check(page["flows"][0], "Flow");
  check(page["flows"][0]["halves"][0], "HalfFlow");
  check(page["flows"][0]["client"], "Endpoint");
}

}  // namespace
}  // namespace gimbal
