#include "control/problem.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "config/json_reader.h"

namespace gimbal {

namespace {

using nlohmann::json;

/// A JSON pointer as a URI fragment (RFC 6901 6): everything but unreserved letters escaped.
std::string to_fragment(std::string_view pointer) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string fragment = "#";
  for (const char c : pointer) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view{"/-._~"}.find(c) != std::string_view::npos;
    if (plain)
      fragment += c;
    else
      fragment += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return fragment;
}

json body_of(unsigned status, std::string_view detail, std::string_view instance) {
  return {{"type", "about:blank"},
          {"title", status_title(status)},
          {"status", status},
          {"detail", detail},
          {"instance", instance}};
}

HttpResponse answer(unsigned status, const json& body) {
  return {status,
          "application/problem+json",
          body.dump(-1, ' ', false, json::error_handler_t::replace),
          {}};
}

}  // namespace

std::string_view status_title(unsigned status) noexcept {
  constexpr std::array<std::pair<unsigned, std::string_view>, 13> kTitles{{
      {400, "Bad Request"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {421, "Misdirected Request"},
      {422, "Unprocessable Content"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {503, "Service Unavailable"},
      {200, "OK"},
  }};
  for (const auto& [code, title] : kTitles)
    if (code == status) return title;
  return "Error";
}

HttpResponse problem(unsigned status, std::string_view detail, std::string_view instance) {
  return answer(status, body_of(status, detail, instance));
}

HttpResponse document_problem(unsigned status, const Error& error, std::string_view instance) {
  auto body = body_of(status, error.message(), instance);
  const bool whole = error.where.empty() || error.where == "document";
  body["pointer"] = to_fragment(whole ? "" : to_json_pointer(error.where));
  return answer(status, body);
}

}  // namespace gimbal
