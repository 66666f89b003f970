#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "control/http.h"
#include "control/router.h"
#include "control/server.h"

namespace gimbal {

/// What the sessions of one server have in common; touched by the server's thread only.
struct SessionContext {
  const Router& router;
  const ServerOptions& options;
  std::size_t served{0};       ///< Connections within the cap.
  std::size_t turned_away{0};  ///< Connections beyond it, being told so.
};

/// One connection. It keeps itself alive by the handlers under way and ends when there are none;
/// every wait has a deadline, after which the socket is closed.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(boost::asio::ip::tcp::socket socket, SessionContext& context, bool turned_away);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start();

 private:
  using ErrorCode = boost::system::error_code;
  using Body = boost::beast::http::string_body;

  void await_request();
  void read_header();
  void on_header(ErrorCode error);
  void read_body();
  void answer();
  void respond_to_broken(ErrorCode error);
  void respond(const HttpResponse& response, bool keep_alive, bool head_only = false);
  void on_written(ErrorCode error, bool keep_alive);
  void linger();
  void drain();
  void set_deadline(std::chrono::milliseconds span);
  void audit(const HttpRequest& request, unsigned status) const;

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  SessionContext& context_;
  bool turned_away_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<Body>> parser_;
  boost::beast::http::response<Body> response_;
  boost::beast::http::response<boost::beast::http::empty_body> continue_;
  std::array<char, 4096> discarded_{};
};

}  // namespace gimbal
