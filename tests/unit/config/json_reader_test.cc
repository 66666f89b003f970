#include "config/json_reader.h"

#include <array>
#include <string>

#include "support/catch.h"

namespace gimbal {
namespace {

using nlohmann::json;

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST_CASE("a syntax error names line and column", "[config][json]") {
  const auto result = parse_json("{\n  \"a\": 1,\n  \"b\" 2\n}");
  REQUIRE_FALSE(result);
  CHECK(result.error().where == "line 3, column 7");
  CHECK(result.error().what.find("expected ':'") != std::string::npos);
}

TEST_CASE("an empty document is an error at line 1", "[config][json]") {
  CHECK(parse_json("").error().where == "line 1, column 1");
}

TEST_CASE("the caps on size and depth hold before parsing", "[config][json]") {
  CHECK(parse_json(nested(32)));
  CHECK(parse_json(nested(33)).error().message() ==
        "document: nested deeper than 32 levels: flatten it");
  CHECK(parse_json(std::string(100'000, '[')).error().where == "document");
  CHECK(parse_json("[1,2,3]", {.bytes = 4}).error().message() ==
        "document: 7 bytes: must be at most 4");
}

TEST_CASE("brackets inside strings are not depth", "[config][json]") {
  CHECK(parse_json('"' + std::string(100, '[') + "\\\"" + std::string(100, '{') + '"'));
}

TEST_CASE("a key given twice is an error, at any depth", "[config][json]") {
  CHECK(parse_json(R"({"a": {"b": 1, "b": 2}})").error().message() ==
        "document: key \"b\" given twice in one object: keep one");
  CHECK(parse_json(R"([{"a": 1}, {"a": 2}])"));
}

TEST_CASE("every parse error is one line, whatever the bytes", "[config][json]") {
  for (const auto* text : {"\"\n\"", "\"\xff\"", "1e999", "{\"a\"\n\n:}", "\x01", "nul"}) {
    const auto result = parse_json(text);
    REQUIRE_FALSE(result);
    CHECK(result.error().message().find('\n') == std::string::npos);
    CHECK(result.error().message().size() < 300);
  }
}

struct Fixture {
  explicit Fixture(const char* text) : document(json::parse(text)) {}
  json document;
  std::optional<Error> error;
  JsonReader root{document, error};
  std::string message() const { return error ? error->message() : ""; }
};

TEST_CASE("a value out of range names path, value and range", "[config][json]") {
  Fixture f{R"({"policy": {"rules": [{"match": {"port": 70000}}]}})"};
  const auto port = f.root.at("policy").at("rules").at(std::size_t{0}).at("match").at("port");
  CHECK(port.integer<std::uint16_t>(0, 65535) == 0);
  CHECK(f.message() == "policy.rules[0].match.port: 70000: must be 0 to 65535");
}

TEST_CASE("integers are exact: no fraction, no wrap, no sign lost", "[config][json]") {
  const std::array<std::pair<const char*, const char*>, 5> cases{{
      {R"({"n": 5.0})", "n: 5.0: must be a whole number, 0 to 9"},
      {R"({"n": "5"})", "n: '5': must be a whole number, 0 to 9"},
      {R"({"n": -1})", "n: -1: must be 0 to 9"},
      {R"({"n": 18446744073709551615})", "n: 18446744073709551615: must be 0 to 9"},
      {R"({"n": null})", "n: null: must be a whole number, 0 to 9"},
  }};
  for (const auto& [text, message] : cases) {
    Fixture f{text};
    CHECK(f.root.at("n").integer(0U, 9U) == 0U);
    CHECK(f.message() == message);
    Fixture g{text};
    CHECK(g.root.at("n").integer(0, 9) == 0);
    CHECK(g.message() == message);
  }
  Fixture low{R"({"n": -9223372036854775808})"};
  CHECK(low.root.at("n").integer<std::int64_t>(INT64_MIN, INT64_MAX) == INT64_MIN);
  Fixture high{R"({"n": 18446744073709551615})"};
  CHECK(high.root.at("n").integer<std::uint64_t>(0, UINT64_MAX) == UINT64_MAX);
  CHECK_FALSE(low.error);
  CHECK_FALSE(high.error);
}

TEST_CASE("an unknown key names the nearest known one, or all", "[config][json]") {
  Fixture near{R"({"hugepage": true})"};
  near.root.allow_only({"packets", "hugepages", "flows"});
  CHECK(near.message() == "hugepage: unknown key: did you mean 'hugepages'?");
  Fixture far{R"({"colour": true})"};
  far.root.allow_only({"packets", "flows"});
  CHECK(far.message() == "colour: unknown key: remove it (known here: packets, flows)");
}

TEST_CASE("a missing member and a wrong type are told apart", "[config][json]") {
  Fixture missing{R"({"a": {}})"};
  CHECK(missing.root.at("a").at("b").text(1, 9).empty());
  CHECK(missing.message() == "a.b: missing: add it");
  Fixture wrong{R"({"a": 3})"};
  wrong.root.at("a").allow_only({"b"});
  CHECK(wrong.message() == "a: 3: must be an object {...}");
  Fixture array{R"({"a": {}})"};
  CHECK(array.root.at("a").size(1, 2) == 0);
  CHECK(array.message() == "a: an object: must be an array [...]");
}

TEST_CASE("the other kinds say what they want", "[config][json]") {
  Fixture f{R"({"b": 1})"};
  CHECK_FALSE(f.root.at("b").boolean());
  CHECK(f.message() == "b: 1: must be true or false");
  Fixture n{R"({"x": 101.5})"};
  CHECK(n.root.at("x").number(0, 100) == 0);
  CHECK(n.message() == "x: 101.5: must be 0.0 to 100.0");
  Fixture t{R"({"x": 1})"};
  CHECK(t.root.at("x").text(0, 3).empty());
  CHECK(t.message() == "x: 1: must be a text in quotes");
  Fixture c{R"({"x": "c"})"};
  constexpr std::array<JsonReader::Choice<int>, 2> kChoices{{{"a", 1}, {"b", 2}}};
  CHECK(c.root.at("x").choice(std::span<const JsonReader::Choice<int>>{kChoices}) == 1);
  CHECK(c.message() == "x: 'c': must be one of 'a', 'b'");
}

TEST_CASE("the first failure stands", "[config][json]") {
  Fixture f{R"({"a": 1, "b": 2})"};
  CHECK_FALSE(f.root.at("a").boolean());
  CHECK_FALSE(f.root.at("b").boolean());
  CHECK(f.error->where == "a");
}

TEST_CASE("odd keys and values stay on one line of plain letters", "[config][json]") {
  Fixture f{R"({"a\n.b": "x\ny\u0000", "c": 1})"};
  CHECK(f.root.at("a\n.b").boolean() == false);
  CHECK(f.message() == "[\"a\\n.b\"]: 'x\\ny\\u0000': must be true or false");
}

TEST_CASE("every path is a JSON pointer", "[config][json]") {
  CHECK(to_json_pointer("policy.rules[0].match.port") == "/policy/rules/0/match/port");
  CHECK(to_json_pointer("") == "");
  CHECK(to_json_pointer("a[\"x.y\"].b") == "/a/x.y/b");
  CHECK(to_json_pointer("[\"m~n/o\"][2]") == "/m~0n~1o/2");
  for (const auto* broken : {"[", "[\"", ".", "a..b", "[1", "[\"x", "a[\"\\u12\"]"})
    CHECK(to_json_pointer(broken).substr(0, 1) == "/");
}

TEST_CASE("a file that cannot be read says why", "[config][json]") {
  const auto missing = read_text_file("no/such/file.json");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message() == "no/such/file.json: cannot open: No such file or directory");
  CHECK_FALSE(read_text_file("/"));
  CHECK(read_text_file("/dev/zero", {.bytes = 10}).error().what == "must be at most 10 bytes");
}

}  // namespace
}  // namespace gimbal
