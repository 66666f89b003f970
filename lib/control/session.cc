#include "control/session.h"

#include <utility>

#include <boost/beast/core.hpp>

#include "control/problem.h"

namespace gimbal {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

std::string to_string(beast::string_view text) { return {text.data(), text.size()}; }

HttpRequest describe_request(const http::request<http::string_body>& message) {
  HttpRequest request;
  request.method = to_string(message.method_string());
  request.path = to_string(message.target());
  request.if_match = to_string(message[http::field::if_match]);
  request.if_none_match = to_string(message[http::field::if_none_match]);
  request.content_type = to_string(message[http::field::content_type]);
  request.body = message.body();
  return request;
}

/// RFC 9112 3.2: a request of HTTP/1.1 names its host once. Ours must be a literal, so a web page
/// that rebinds its own name to this machine is refused.
unsigned check_host(const http::request<http::string_body>& message) {
  const auto count = message.count(http::field::host);
  if (count == 0) return message.version() < 11 ? 200 : 400;
  if (count > 1) return 400;
  return is_literal_host(to_string(message[http::field::host])) ? 200 : 421;
}

}  // namespace

Session::Session(asio::ip::tcp::socket socket, SessionContext& context, bool turned_away)
    : socket_{std::move(socket)},
      timer_{socket_.get_executor()},
      context_{context},
      turned_away_{turned_away},
      buffer_{context.options.limits.header_bytes + 65536} {
  ++(turned_away_ ? context_.turned_away : context_.served);
}

Session::~Session() { --(turned_away_ ? context_.turned_away : context_.served); }

void Session::start() {
  if (turned_away_) return respond(problem(503, "too many connections: try again", "/"), false);
  read_header();
}

void Session::set_deadline(std::chrono::milliseconds span) {
  timer_.expires_after(span);
  timer_.async_wait([weak = weak_from_this()](ErrorCode error) {
    const auto self = weak.lock();
    // A handler already queued when the deadline moved must not act on the old one.
    if (error || !self || self->timer_.expiry() > asio::steady_timer::clock_type::now()) return;
    ErrorCode ignored;
    self->socket_.close(ignored);
  });
}

/// Between requests a quiet client may wait longer than inside one.
void Session::await_request() {
  if (buffer_.size() > 0) return read_header();
  set_deadline(context_.options.limits.idle_timeout);
  socket_.async_wait(asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](ErrorCode error) {
                       if (!error) self->read_header();
                     });
}

void Session::read_header() {
  const auto& limits = context_.options.limits;
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  parser_->body_limit(limits.body_bytes);
  set_deadline(limits.header_timeout);
  http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_header(error); });
}

void Session::on_header(ErrorCode error) {
  if (error) return respond_to_broken(error);
  const auto& message = parser_->get();
  if (!beast::iequals(message[http::field::expect], "100-continue")) return read_body();
  continue_ = {http::status::continue_, 11};
  set_deadline(context_.options.limits.write_timeout);
  http::async_write(socket_, continue_, [self = shared_from_this()](ErrorCode failed, std::size_t) {
    if (!failed) self->read_body();
  });
}

void Session::read_body() {
  set_deadline(context_.options.limits.body_timeout);
  http::async_read(socket_, buffer_, *parser_,
                   [self = shared_from_this()](ErrorCode error, std::size_t) {
                     if (error) return self->respond_to_broken(error);
                     self->answer();
                   });
}

/// A message that breaks a rule is told so; a client that went away or a socket we closed is not.
void Session::respond_to_broken(ErrorCode error) {
  const bool gone = error == http::error::end_of_stream || error == http::error::partial_message;
  const bool is_rule = error.category() == http::make_error_code(http::error::bad_value).category();
  if (gone || !is_rule) return;
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return respond(problem(431, "header too long", ""), false);
  if (error == http::error::body_limit) return respond(problem(413, "body too long", ""), false);
  respond(problem(400, "not HTTP/1.1: " + error.message(), ""), false);
}

void Session::answer() {
  const auto& message = parser_->get();
  const bool keep_alive = message.keep_alive();
  auto request = describe_request(message);
  HttpResponse response;
  if (const auto status = check_host(message); status != 200) {
    response = problem(status, "Host must be one address or localhost", request.path);
  } else if (!parse_target(to_string(message.target()), request)) {
    response = problem(400, "the request target must be a path", request.path);
  } else {
    response = context_.router.answer(request);
  }
  if (request.method != "GET" && request.method != "HEAD") audit(request, response.status);
  respond(response, keep_alive, request.method == "HEAD");
}

void Session::audit(const HttpRequest& request, unsigned status) const {
  if (!context_.options.audit) return;
  ErrorCode ignored;
  const auto peer = socket_.remote_endpoint(ignored);
  context_.options.audit(request.method + ' ' + request.path + " from " +
                         peer.address().to_string() + ':' + std::to_string(peer.port()) + ": " +
                         std::to_string(status));
}

void Session::respond(const HttpResponse& response, bool keep_alive, bool head_only) {
  response_ = {};
  response_.version(11);
  response_.result(response.status);
  response_.reason(std::string{status_title(response.status)});
  response_.set(http::field::content_type, response.content_type);
  response_.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : response.headers) response_.set(name, value);
  response_.keep_alive(keep_alive);
  const bool has_length = response.status != 304;  // RFC 9110 8.6
  if (has_length) response_.content_length(response.body.size());
  if (has_length && !head_only) response_.body() = response.body;
  set_deadline(context_.options.limits.write_timeout);
  http::async_write(socket_, response_,
                    [self = shared_from_this(), keep_alive](ErrorCode error, std::size_t) {
                      self->on_written(error, keep_alive);
                    });
}

void Session::on_written(ErrorCode error, bool keep_alive) {
  if (error) return;
  if (keep_alive) return await_request();
  linger();
}

/// Closing with unread input resets the connection, and the reset may overtake the answer on its
/// way to the client. So what still comes is read and dropped for a moment.
void Session::linger() {
  ErrorCode ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  set_deadline(std::chrono::milliseconds{500});
  drain();
}

void Session::drain() {
  socket_.async_read_some(asio::buffer(discarded_),
                          [self = shared_from_this()](ErrorCode error, std::size_t) {
                            if (!error) self->drain();
                          });
}

}  // namespace gimbal
