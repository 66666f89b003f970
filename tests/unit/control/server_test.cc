#include "control/server.h"

#include <memory>
#include <vector>

#include "fake_backend.h"
#include "raw_client.h"
#include "support/catch.h"

namespace gimbal {
namespace {

using std::chrono::milliseconds;

struct Rig {
  explicit Rig(ServerLimits limits = {}) {
    ServerOptions options;
    options.limits = limits;
    options.audit = [this](const std::string& line) { audited.push_back(line); };
    auto started = Server::start(options, backend);
    REQUIRE(started);
    server = std::move(started.value());
  }
  FakeBackend backend;
  std::vector<std::string> audited;  // server thread: rw until `server` is gone
  std::unique_ptr<Server> server;
};

std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

std::string with_body(const char* method, const std::string& path, const std::string& body) {
  return std::string{method} + ' ' + path +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

bool has_status(const std::string& answer, const char* status) {
  INFO(answer);
  return answer.substr(0, 12) == std::string{"HTTP/1.1 "} + status;
}

TEST_CASE("requests are served over one kept connection", "[control][server]") {
  Rig rig;
  RawClient client{rig.server->port()};
  for (int i = 0; i < 3; ++i) {
    client.send(get("/healthz"));
    const auto answer = client.read_answers(1);
    CHECK(has_status(answer, "200"));
    CHECK(answer.find("{\n  \"status\": \"ok\"\n}\n") != std::string::npos);
  }
}

TEST_CASE("pipelined requests are answered in order", "[control][server]") {
  Rig rig;
  RawClient client{rig.server->port()};
  client.send(get("/healthz") + get("/nothing") + get("/readyz"));
  const auto answers = client.read_answers(3);
  const auto first = answers.find("\"ok\"");
  const auto second = answers.find("404 Not Found");
  const auto third = answers.find("\"ready\": true");
  REQUIRE(third != std::string::npos);
  CHECK(first < second);
  CHECK(second < third);
}

TEST_CASE("HEAD has the length and not the body", "[control][server]") {
  Rig rig;
  RawClient client{rig.server->port()};
  client.send("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const auto answer = client.read_to_end();
  CHECK(has_status(answer, "200"));
  CHECK(answer.find("Content-Length: 21\r\n") != std::string::npos);
  CHECK(answer.substr(answer.size() - 4) == "\r\n\r\n");
}

TEST_CASE("a client that dawdles over its header is closed", "[control][server]") {
  Rig rig{{.header_timeout = milliseconds{80}}};
  RawClient silent{rig.server->port()};
  RawClient slow{rig.server->port()};
  slow.send("GET /healthz HTTP/1.1\r\nHost: loc");
  CHECK(silent.read_to_end().empty());
  CHECK(slow.read_to_end().empty());
}

TEST_CASE("a client that dawdles over its body is closed", "[control][server]") {
  Rig rig{{.body_timeout = milliseconds{80}}};
  RawClient client{rig.server->port()};
  client.send("PUT /api/v1/mode HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{");
  CHECK(client.read_to_end().empty());
}

TEST_CASE("an idle kept connection is closed", "[control][server]") {
  Rig rig{{.idle_timeout = milliseconds{80}}};
  RawClient client{rig.server->port()};
  client.send(get("/healthz"));
  CHECK(has_status(client.read_to_end(), "200"));
}

TEST_CASE("a header beyond its cap is 431", "[control][server]") {
  Rig rig;
  RawClient endless{rig.server->port()};
  endless.send("GET /healthz HTTP/1.1\r\nX-Long: " + std::string(100'000, 'x'));
  CHECK(has_status(endless.read_to_end(), "431"));
  RawClient line{rig.server->port()};
  line.send("GET /" + std::string(9'000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(has_status(line.read_to_end(), "431"));
}

TEST_CASE("a body beyond its cap is 413, announced or not", "[control][server]") {
  Rig rig;
  RawClient announced{rig.server->port()};
  announced.send(
      "PATCH /api/v1/config HTTP/1.1\r\nHost: localhost\r\nContent-Length: 262145\r\n\r\n");
  CHECK(has_status(announced.read_to_end(), "413"));
  RawClient chunked{rig.server->port()};
  chunked.send(
      "PATCH /api/v1/config HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  chunked.send("50000\r\n" + std::string(0x50000, ' ') + "\r\n0\r\n\r\n");
  CHECK(has_status(chunked.read_to_end(), "413"));
}

TEST_CASE("a body at its cap is read", "[control][server]") {
  Rig rig;
  RawClient client{rig.server->port()};
  client.send(with_body("PATCH", "/api/v1/config", std::string(262'142, ' ') + "{}"));
  CHECK(has_status(client.read_answers(1), "200"));
}

TEST_CASE("a body nested a thousand deep is refused", "[control][server]") {
  Rig rig;
  RawClient client{rig.server->port()};
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "{\"a\":";
  client.send(with_body("PATCH", "/api/v1/config", deep + "1" + std::string(1000, '}')));
  const auto answer = client.read_answers(1);
  CHECK(has_status(answer, "400"));
  CHECK(answer.find("nested deeper") != std::string::npos);
}

TEST_CASE("what is not HTTP is 400 and closed", "[control][server]") {
  Rig rig;
  for (const auto* bytes :
       {"\x16\x03\x01\x02\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "PUT /api/v1/mode HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"}) {
    RawClient client{rig.server->port()};
    client.send(bytes);
    const auto answer = client.read_to_end();
    CHECK(has_status(answer, "400"));
    CHECK(answer.find("application/problem+json") != std::string::npos);
  }
}

TEST_CASE("a name that was rebound to this machine is refused", "[control][server]") {
  Rig rig;
  RawClient client{rig.server->port()};
  client.send("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  CHECK(has_status(client.read_answers(1), "421"));
  client.send("GET /healthz HTTP/1.1\r\n\r\n");
  CHECK(has_status(client.read_answers(1), "400"));
}

TEST_CASE("a client that expects 100 is told to go on", "[control][server]") {
  Rig rig;
  RawClient client{rig.server->port()};
  client.send(
      "PUT /api/v1/mode HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: 18\r\nExpect: 100-continue\r\n\r\n");
  CHECK(has_status(client.read_answers(1), "100"));
  client.send(R"({"mode": "bypass"})");
  CHECK(has_status(client.read_answers(1), "200"));
}

TEST_CASE("connections beyond the cap are told so, and room is given back", "[control][server]") {
  Rig rig{{.connections = 64}};
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(std::make_unique<RawClient>(rig.server->port()));
    clients.back()->send(get("/healthz"));
    REQUIRE(has_status(clients.back()->read_answers(1), "200"));
  }
  for (int i = 64; i < 70; ++i) {
    RawClient beyond{rig.server->port()};
    beyond.send(get("/healthz"));
    CHECK(has_status(beyond.read_to_end(), "503"));
  }
  for (auto& client : clients) {
    client->send(get("/healthz"));
    CHECK(has_status(client->read_answers(1), "200"));
  }
  clients.front()->send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  clients.front()->read_to_end();
  clients.front().reset();
  std::string answer;
  for (int tries = 0; tries < 100 && answer.substr(0, 12) != "HTTP/1.1 200"; ++tries) {
    RawClient again{rig.server->port()};
    again.send(get("/healthz"));
    answer = again.read_answers(1);
  }
  CHECK(has_status(answer, "200"));
}

TEST_CASE("every request that may change something is audited", "[control][server]") {
  Rig rig;
  RawClient client{rig.server->port()};
  client.send(with_body("PUT", "/api/v1/mode", R"({"mode": "bypass"})") +
              with_body("PUT", "/api/v1/mode", "{}") + get("/healthz"));
  REQUIRE(RawClient::answers_in(client.read_answers(3)) == 3);
  rig.server.reset();
  REQUIRE(rig.audited.size() == 2);
  CHECK(rig.audited[0].find("PUT /api/v1/mode from 127.0.0.1:") == 0);
  CHECK(rig.audited[0].find(": 200") != std::string::npos);
  CHECK(rig.audited[1].find(": 422") != std::string::npos);
}

TEST_CASE("a busy port is one clear line", "[control][server]") {
  Rig rig;
  ServerOptions options;
  options.port = rig.server->port();
  const auto second = Server::start(options, rig.backend);
  REQUIRE_FALSE(second);
  CHECK(second.error().message() ==
        "control.listen: '127.0.0.1:" + std::to_string(options.port) +
            "': Address already in use: choose another port, or 0 for none");
}

TEST_CASE("stopping with connections open does not wait for them", "[control][server]") {
  Rig rig;
  RawClient idle{rig.server->port()};
  RawClient half{rig.server->port()};
  half.send("GET /hea");
  rig.server.reset();
  CHECK(idle.read_to_end().empty());
  CHECK(half.read_to_end().empty());
}

}  // namespace
}  // namespace gimbal
