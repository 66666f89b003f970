#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace gimbal::ctl {

/// "http://HOST:PORT", split. HOST may be an IPv6 address in brackets.
struct Url {
  std::string host;  ///< Without brackets.
  std::string port;
  std::string host_field;  ///< As the Host header wants it.
};
Result<Url> parse_url(std::string_view text);

struct Answer {
  unsigned status{0};
  std::string etag;
  std::string body;
};

/// One request on a connection of its own; at most five seconds in all. The Error's `where` is
/// the host and port.
Result<Answer> request(const Url& url, const std::string& method, const std::string& target,
                       const std::string& body = {},
                       const std::vector<std::pair<std::string, std::string>>& headers = {});

/// Percent-encodes `text` for a query value.
std::string escape_query(std::string_view text);

}  // namespace gimbal::ctl
