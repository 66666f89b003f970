#include "config/address_text.h"

#include "support/catch.h"

namespace gimbal {
namespace {

TEST_CASE("an IPv4 prefix is kept in mapped form", "[config][address]") {
  const auto prefix = parse_ip_prefix("10.0.0.0/8");
  REQUIRE(prefix);
  CHECK(prefix.value().address == IpAddress::v4(10, 0, 0, 0));
  CHECK(prefix.value().bits == 104);
}

TEST_CASE("prefixes survive the way to text and back", "[config][address]") {
  for (const auto* text : {"10.0.0.0/8", "192.168.1.1/32", "0.0.0.0/0", "128.0.0.0/1",
                           "2001:db8::/32", "::/0", "::1/128", "fe80::/10", "8000::/1", "::/96"}) {
    const auto prefix = parse_ip_prefix(text);
    REQUIRE(prefix);
    CHECK(to_text(prefix.value()) == text);
  }
}

TEST_CASE("an address alone is a prefix of its whole length", "[config][address]") {
  CHECK(to_text(parse_ip_prefix("10.1.2.3").value()) == "10.1.2.3/32");
  CHECK(to_text(parse_ip_prefix("2001:db8::1").value()) == "2001:db8::1/128");
}

TEST_CASE("a mapped IPv6 prefix is the IPv4 one", "[config][address]") {
  CHECK(to_text(parse_ip_prefix("::ffff:10.0.0.0/104").value()) == "10.0.0.0/8");
}

TEST_CASE("bits beyond the length are refused with the prefix that was meant",
          "[config][address]") {
  CHECK(parse_ip_prefix("10.0.0.1/8").error().what ==
        "has address bits beyond its length: write '10.0.0.0/8'");
  CHECK_FALSE(parse_ip_prefix("2001:db8::1/64"));
}

TEST_CASE("what is no prefix is refused", "[config][address]") {
  for (const auto* text : {"", "/", "/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x",
                           "10.0.0/8", "010.0.0.0/8", "::/129", "fe80::1%eth0", "10.0.0.0/ 8", "x"})
    CHECK_FALSE(parse_ip_prefix(text));
}

TEST_CASE("listen addresses survive the way to text and back", "[config][address]") {
  for (const auto* text : {"127.0.0.1:8480", "127.1.2.3:0", "[::1]:65535"}) {
    const auto listen = parse_listen_address(text);
    REQUIRE(listen);
    CHECK(to_text(listen.value()) == text);
  }
}

TEST_CASE("a listen address must be loopback with a port", "[config][address]") {
  for (const auto* text : {"0.0.0.0:80", "[::]:80", "10.0.0.1:80", "[2001:db8::1]:80"})
    CHECK(parse_listen_address(text).error().what.find("not a loopback") == 0);
  for (const auto* text : {"", "127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:65536", "::1:80",
                           "[127.0.0.1]:80", "localhost:80", "127.0.0.1:+1", "[]:1"})
    CHECK(parse_listen_address(text).error().what.find("must be ADDRESS:PORT") == 0);
}

}  // namespace
}  // namespace gimbal
