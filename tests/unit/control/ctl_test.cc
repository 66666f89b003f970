#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "control/server.h"
#include "fake_backend.h"
#include "support/catch.h"

namespace gimbal {
namespace {

using nlohmann::json;

struct Outcome {
  int code;
  std::string text;  ///< Standard output and standard error together.
};

/// The built gimbalctl against a server of this process.
struct Rig {
  Rig() {
    auto started = Server::start({}, backend);
    REQUIRE(started);
    server = std::move(started.value());
  }

  Outcome ctl(const std::string& arguments) const {
    return ctl_at("http://127.0.0.1:" + std::to_string(server->port()), arguments);
  }

  static Outcome ctl_at(const std::string& url, const std::string& arguments) {
    const auto command =
        std::string{GIMBALCTL_PATH} + " --url '" + url + "' " + arguments + " 2>&1 </dev/null";
    auto* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    Outcome outcome{};
    char buffer[4096];
    for (std::size_t got; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
      outcome.text.append(buffer, got);
    const auto status = pclose(pipe);
    REQUIRE(WIFEXITED(status));
    outcome.code = WEXITSTATUS(status);
    return outcome;
  }

  FakeBackend backend;
  std::unique_ptr<Server> server;
};

bool contains(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

TEST_CASE("gimbalctl shows status as a table and as JSON", "[ctl]") {
  const Rig rig;
  const auto table = rig.ctl("status");
  CHECK(table.code == 0);
  CHECK(contains(table.text, "program  gimbal\n"));
  const auto document = json::parse(rig.ctl("-o json status").text);
  CHECK(document["version"] == "1.2.3");
}

TEST_CASE("gimbalctl lists flows, two lines each", "[ctl]") {
  Rig rig;
  rig.backend.rows = {sample_flow(5001, "ESTABLISHED", "jitter-reorder"),
                      sample_flow(5002, "TIME WAIT", "clean")};
  const auto table = rig.ctl("flows");
  CHECK(table.code == 0);
  CHECK(contains(table.text, "10.0.0.1:5001  10.0.0.2:443  ESTABLISHED  auto  1.5"));
  CHECK(contains(table.text, "2 shown of 2 matching\n"));
  const auto one = json::parse(rig.ctl("flows -o json --state 'TIME WAIT'").text);
  CHECK(one["flows"].size() == 1);
  CHECK(contains(rig.ctl("flows --verdict clean --limit 1").text, "1 shown of 1 matching\n"));
}

TEST_CASE("gimbalctl shows and sets the mode", "[ctl]") {
  const Rig rig;
  CHECK(rig.ctl("mode").text == "auto\n");
  CHECK(rig.ctl("mode bypass").text == "bypass\n");
  CHECK(rig.ctl("mode").text == "bypass\n");
}

TEST_CASE("gimbalctl reads and patches the configuration", "[ctl]") {
  const Rig rig;
  CHECK(json::parse(rig.ctl("config get").text)["ports"]["lan"]["device"] == "iface:s0");
  const auto patched = rig.ctl(R"(config patch '{"policy": {"default": {"mode": "observe"}}}')");
  CHECK(patched.code == 0);
  CHECK(json::parse(patched.text)["policy"]["default"]["mode"] == "observe");
}

TEST_CASE("gimbalctl prints the metrics as served", "[ctl]") {
  const Rig rig;
  CHECK(contains(rig.ctl("metrics").text, "# TYPE gimbal_ready gauge\n"));
}

TEST_CASE("a refused request is one line and exit 1", "[ctl]") {
  const Rig rig;
  const auto refused = rig.ctl(R"(config patch '{"memory": {"flows": 9}}')");
  CHECK(refused.code == 1);
  CHECK(refused.text ==
        "gimbalctl: 422: memory.flows: cannot change while running: edit the file and restart\n");
  const auto stale = rig.ctl(R"(config patch '{}' --if-match '"stale"')");
  CHECK(stale.code == 1);
  CHECK(contains(stale.text, "gimbalctl: 412: "));
}

TEST_CASE("a program that is not there is one line and exit 1", "[ctl]") {
  std::uint16_t port = 0;
  {
    const Rig rig;
    port = rig.server->port();
  }
  const auto gone = Rig::ctl_at("http://127.0.0.1:" + std::to_string(port), "status");
  CHECK(gone.code == 1);
  CHECK(contains(gone.text, "Connection refused: is the program running there?\n"));
}

TEST_CASE("bad arguments are exit 2 and help is exit 0", "[ctl]") {
  const Rig rig;
  for (const auto* arguments :
       {"", "nothing", "mode repair", "status -o xml", "flows --limit 0", "config", "config patch",
        "config patch '{'", "config patch @no/such/file"}) {
    INFO(arguments);
    CHECK(rig.ctl(arguments).code == 2);
  }
  CHECK(Rig::ctl_at("ftp://x", "status").code == 2);
  CHECK(Rig::ctl_at("http://127.0.0.1", "status").code == 2);
  const auto help = rig.ctl("--help");
  CHECK(help.code == 0);
  CHECK(contains(help.text, "Examples:\n  gimbalctl status\n"));
}

}  // namespace
}  // namespace gimbal
