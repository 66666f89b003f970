#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "support/catch.h"

namespace gimbal {

/// A client that sends exactly the bytes it is told: what a proper HTTP library would not.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
    REQUIRE(socket_ >= 0);
    const timeval patience{10, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // The server closed: what it answered is still to be read.
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// Reads until `count` answers with their bodies are there, or the connection ended.
  std::string read_answers(std::size_t count) {
    std::string text;
    while (answers_in(text) < count)
      if (!read_some(text)) break;
    return text;
  }

  /// Reads until the server closes; fails when it does not.
  std::string read_to_end() {
    std::string text;
    while (read_some(text)) {
    }
    REQUIRE_FALSE(timed_out_);
    return text;
  }

  static std::size_t answers_in(std::string_view text) {
    std::size_t count = 0;
    for (;;) {
      const auto end = text.find("\r\n\r\n");
      if (end == std::string_view::npos) return count;
      constexpr std::string_view kLength = "Content-Length: ";
      const auto at = text.substr(0, end).find(kLength);
      const std::size_t length = at == std::string_view::npos
                                     ? 0
                                     : std::stoul(std::string{text.substr(at + kLength.size(), 9)});
      if (text.size() < end + 4 + length) return count;
      text.remove_prefix(end + 4 + length);
      ++count;
    }
  }

 private:
  bool read_some(std::string& text) {
    char buffer[4096];
    const auto got = ::recv(socket_, buffer, sizeof buffer, 0);
    timed_out_ = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (got <= 0) return false;
    text.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  int socket_;
  bool timed_out_{false};
};

}  // namespace gimbal
