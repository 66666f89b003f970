#include "control/http.h"

#include <array>
#include <cstdint>
#include <cstdio>

#include "config/address_text.h"

namespace gimbal {

namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Undoes percent-encoding (RFC 3986 2.1); false for a broken escape or a control character.
bool decode(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    int c = static_cast<unsigned char>(text[i]);
    if (c == '%') {
      if (i + 2 >= text.size()) return false;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      c = high * 16 + low;
      i += 2;
    }
    if (c < 0x20 || c == 0x7f) return false;
    out += static_cast<char>(c);
  }
  return true;
}

}  // namespace

bool parse_target(std::string_view target, HttpRequest& request) {
  if (target.empty() || target.front() != '/') return false;
  const auto mark = target.find('?');
  if (!decode(target.substr(0, mark), request.path)) return false;
  request.query.clear();
  auto rest = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  while (!rest.empty()) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    std::string name;
    std::string value;
    if (!decode(pair.substr(0, equals), name)) return false;
    if (equals != std::string_view::npos && !decode(pair.substr(equals + 1), value)) return false;
    if (!name.empty()) request.query[name] = value;
  }
  return true;
}

bool names_etag(std::string_view list, std::string_view etag) noexcept {
  if (list == "*") return true;
  for (auto at = list.find(etag); at != std::string_view::npos; at = list.find(etag, at + 1))
    if (at < 2 || list.substr(at - 2, 2) != "W/") return true;
  return false;
}

std::string etag_of(std::string_view body) {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325ULL;  // FNV-1a
  for (const char c : body) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3ULL;
  std::array<char, 20> text{};
  std::snprintf(text.data(), text.size(), "\"%016llx\"", static_cast<unsigned long long>(hash));
  return text.data();
}

bool is_literal_host(std::string_view host) {
  if (!host.empty() && host.front() == '[') {
    const auto end = host.find(']');
    return end != std::string_view::npos && parse_ip_address(host.substr(1, end - 1)).has_value();
  }
  const auto name = host.substr(0, host.find(':'));
  return name == "localhost" || parse_ip_address(name).has_value();
}

}  // namespace gimbal
