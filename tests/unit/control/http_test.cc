#include "control/http.h"

#include "support/catch.h"

namespace gimbal {
namespace {

TEST_CASE("a target is split and decoded", "[control][http]") {
  HttpRequest request;
  REQUIRE(parse_target("/api/v1/flows?limit=5&state=FIN%20WAIT&&verdict=&limit=6", request));
  CHECK(request.path == "/api/v1/flows");
  CHECK(request.query ==
        std::map<std::string, std::string>{{"limit", "6"}, {"state", "FIN WAIT"}, {"verdict", ""}});
}

TEST_CASE("a target that is no path is refused", "[control][http]") {
  HttpRequest request;
  for (const auto* target :
       {"", "*", "http://x/", "/%", "/%4", "/%zz", "/%00", "/a?b=%0a", "/a?%=1", "/a?b=%1"}) {
    INFO(target);
    CHECK_FALSE(parse_target(target, request));
  }
}

TEST_CASE("a tag is found in a list, but never a weak one", "[control][http]") {
  CHECK(names_etag("*", "\"a\""));
  CHECK(names_etag("\"a\"", "\"a\""));
  CHECK(names_etag("\"b\", \"a\"", "\"a\""));
  CHECK_FALSE(names_etag("W/\"a\"", "\"a\""));
  CHECK(names_etag("W/\"a\", \"a\"", "\"a\""));
  CHECK_FALSE(names_etag("\"ab\"", "\"a\""));
  CHECK_FALSE(names_etag("", "\"a\""));
}

TEST_CASE("equal bodies have equal tags and others do not", "[control][http]") {
  CHECK(etag_of("abc") == etag_of("abc"));
  CHECK(etag_of("abc") != etag_of("abd"));
  CHECK(etag_of("").size() == 18);
}

TEST_CASE("only literal hosts are ours", "[control][http]") {
  for (const auto* host : {"127.0.0.1", "127.0.0.1:8480", "localhost", "localhost:1", "[::1]:8480",
                           "[::1]", "10.0.0.1:80"}) {
    INFO(host);
    CHECK(is_literal_host(host));
  }
  for (const auto* host : {"", "evil.example", "evil.example:8480", "localhost.evil.example",
                           "[::1", "[x]:1", "127.0.0.1.evil.example"}) {
    INFO(host);
    CHECK_FALSE(is_literal_host(host));
  }
}

}  // namespace
}  // namespace gimbal
