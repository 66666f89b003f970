#include "probe/fetch_report.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <string>

#include "probe/protocol.h"

namespace gimbal::probe {

nlohmann::json fetch_report(const SocketAddress& server, std::uint64_t id) {
  Request request;
  request.ask = Ask::report;
  request.id = id;
  const auto header = request.serialize();
  for (int attempt = 0; attempt < 20; ++attempt) {
    auto fd = connect_to(server, std::chrono::seconds{10});
    if (!fd) return nullptr;
    if (::send(fd.value().get(), header.data(), header.size(), MSG_NOSIGNAL) < 0) return nullptr;
    std::string text;
    std::array<char, 65536> block{};
    pollfd wait{fd.value().get(), POLLIN, 0};
    while (::poll(&wait, 1, 10'000) == 1) {
      const ssize_t n = ::recv(fd.value().get(), block.data(), block.size(), 0);
      if (n <= 0) break;
      text.append(block.data(), static_cast<std::size_t>(n));
    }
    nlohmann::json report = nlohmann::json::parse(text, nullptr, false);
    if (report.is_object()) return report;
    ::usleep(100'000);  // The far end has not seen the end yet.
  }
  return nullptr;
}

}  // namespace gimbal::probe
