#include "client.h"

#include <chrono>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace gimbal::ctl {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

constexpr auto kPatience = std::chrono::seconds{5};
constexpr std::uint64_t kLongestBody = 64ULL << 20U;

using Request = http::request<http::string_body>;
using Parser = http::response_parser<http::string_body>;

/// The exchange as three asynchronous steps: only those obey the stream's deadline.
class Exchange {
 public:
  Exchange(Request request, Parser& parser) : request_{std::move(request)}, parser_{parser} {}

  ErrorCode run(const asio::ip::tcp::endpoint& server) {
    stream_.expires_after(kPatience);
    stream_.async_connect(server, [this](ErrorCode error) {
      error_ = error;
      if (!error) write();
    });
    io_.run();
    return error_;
  }

 private:
  void write() {
    http::async_write(stream_, request_, [this](ErrorCode error, std::size_t) {
      error_ = error;
      if (!error) read();
    });
  }
  void read() {
    http::async_read(stream_, buffer_, parser_,
                     [this](ErrorCode error, std::size_t) { error_ = error; });
  }

  asio::io_context io_;
  beast::tcp_stream stream_{io_};
  Request request_;
  Parser& parser_;
  beast::flat_buffer buffer_;
  ErrorCode error_;
};

http::verb verb_of(const std::string& method) { return http::string_to_verb(method); }

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const Error bad{"--url", "'" + std::string{text} + "': must be http://ADDRESS:PORT"};
  constexpr std::string_view kScheme = "http://";
  if (text.substr(0, kScheme.size()) != kScheme) return bad;
  text.remove_prefix(kScheme.size());
  if (!text.empty() && text.back() == '/') text.remove_suffix(1);
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad;
  auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos)
    return bad;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  ErrorCode error;
  if (host == "localhost") host = "127.0.0.1";
  asio::ip::make_address(std::string{host}, error);
  if (error) return bad;
  return Url{std::string{host}, std::string{port}, std::string{text}};
}

Result<Answer> request(const Url& url, const std::string& method, const std::string& target,
                       const std::string& body,
                       const std::vector<std::pair<std::string, std::string>>& headers) {
  Request message{verb_of(method), target, 11};
  message.set(http::field::host, url.host_field);
  message.set(http::field::connection, "close");
  if (!body.empty()) message.set(http::field::content_type, "application/json");
  for (const auto& [name, value] : headers) message.set(name, value);
  message.body() = body;
  message.prepare_payload();

  Parser parser;
  parser.body_limit(kLongestBody);
  ErrorCode error;
  const asio::ip::tcp::endpoint server{asio::ip::make_address(url.host, error),
                                       static_cast<std::uint16_t>(std::stoul(url.port))};
  if (!error) error = Exchange{std::move(message), parser}.run(server);
  if (error) return Error{url.host_field, error.message() + ": is the program running there?"};
  const auto& answer = parser.get();
  const auto etag = answer[http::field::etag];
  return Answer{answer.result_int(), {etag.data(), etag.size()}, answer.body()};
}

std::string escape_query(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       kPlain.find(c) != std::string_view::npos;
    if (plain)
      out += c;
    else
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

}  // namespace gimbal::ctl
