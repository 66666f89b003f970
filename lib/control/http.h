#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gimbal {

/// A request as the router sees it, free of the HTTP library.
struct HttpRequest {
  std::string method;                        ///< "GET", upper case.
  std::string path;                          ///< Decoded, without the query.
  std::map<std::string, std::string> query;  ///< Decoded; the last of equal names.
  std::string if_match;                      ///< Empty when absent, as the two below.
  std::string if_none_match;
  std::string content_type;
  std::string body;
};

struct HttpResponse {
  unsigned status{200};
  std::string content_type{"application/json"};
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< Beside type and length.
};

/// Splits a request target ("/a/b?x=1&y=%20") into path and query; false when it is malformed: not
/// a path, a broken escape, or a control character.
bool parse_target(std::string_view target, HttpRequest& request);

/// True when `if_match` (RFC 9110 13.1.1: "*" or a list of entity tags) names `etag`.
[[nodiscard]] bool names_etag(std::string_view list, std::string_view etag) noexcept;

/// A strong entity tag of `body`: equal bodies, equal tags, also over a restart.
[[nodiscard]] std::string etag_of(std::string_view body);

/// True for a Host field that a browser cannot have been lured to by a rebound name: an address or
/// "localhost", with or without a port.
[[nodiscard]] bool is_literal_host(std::string_view host);

}  // namespace gimbal
