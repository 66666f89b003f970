#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "support/catch.h"

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  REQUIRE(value != nullptr);
  return value;
}

struct Finished {
  int code;
  std::string output;
};

Finished command(const std::string& line) {
  std::FILE* pipe = popen((line + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  char piece[4096];
  while (const std::size_t n = std::fread(piece, 1, sizeof piece, pipe)) output.append(piece, n);
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

std::string capture(const std::string& profile, int milliseconds) {
  const std::string path = profile + "-" + std::to_string(milliseconds) + ".pcap";
  const Finished made = command(variable("GIMBAL_MAKE_CAPTURE") + " " + profile + " 1 " +
                                std::to_string(milliseconds) + " " + path);
  REQUIRE(made.code == 0);
  return path;
}

void compare(const std::string& name, const std::string& now) {
  const std::string path = std::string{GIMBAL_GOLDEN} + "/" + name;
  if (std::getenv("GIMBAL_BLESS") != nullptr) {
    std::ofstream{path} << now;
    return;
  }
  std::ifstream in{path};
  std::ostringstream expected;
  expected << in.rdbuf();
  CHECK(now == expected.str());
}

std::string replay(const std::string& arguments) {
  const Finished done = command(variable("GIMBAL_REPLAY") + " " + arguments);
  CHECK(done.code == 0);
  return done.output;
}

TEST_CASE("a clean transfer: every packet's fate is the accepted one") {
  compare("clean.txt", replay(capture("clean", 120) + " --packets"));
}

TEST_CASE("a lossy transfer: flows and fates are the accepted ones") {
  compare("loss1.txt", replay(capture("loss1", 1500)));
}

TEST_CASE("reordered acknowledgments and data: flows and fates are the accepted ones") {
  compare("bothjit.txt", replay(capture("bothjit", 800)));
}

TEST_CASE("every frame of a capture has one fate, and the fates add up to the frames") {
  for (const auto& path : {capture("loss1", 1500), capture("bothjit", 800)}) {
    const auto account = nlohmann::json::parse(replay(path + " --packets --json -")).at(0);
    std::uint64_t sum = 0;
    for (const auto& [fate, count] : account.at("fates").items()) sum += count.get<std::uint64_t>();
    CHECK(sum == account.at("frames").get<std::uint64_t>());
    std::map<std::string, std::uint64_t> seen;
    for (const auto& packet : account.at("packets")) ++seen[packet.at("fate").get<std::string>()];
    for (const auto& [fate, count] : account.at("fates").items()) {
      CAPTURE(path, fate);
      CHECK(seen[fate] == count.get<std::uint64_t>());
    }
  }
}

TEST_CASE("what cannot be done is said in one line with exit code 2") {
  const std::string path = capture("clean", 120);
  for (const std::string& wrong :
       {std::string{"absent.pcap"}, path + " --lan 10.0.0.1/33", path + " --lan-mac 02:00",
        path + " --config absent.json", path + " " + path + " --out both.pcap"}) {
    CAPTURE(wrong);
    const Finished done = command(variable("GIMBAL_REPLAY") + " " + wrong);
    CHECK(done.code == 2);
    CHECK(std::count(done.output.begin(), done.output.end(), '\n') == 1);
  }
}

TEST_CASE("in mode bypass the output capture carries the bytes of the input") {
  const std::string path = capture("clean", 120);
  std::ofstream{"bypass.json"}
      << R"({"ports": {"lan": {"device": "iface:a"}, "wan": {"device": "iface:b"}},
    "policy": {"default": {"mode": "bypass"}}})";
  static_cast<void>(replay(path + " --config bypass.json --out bypass.pcap"));
  CHECK(command("cmp " + path + " bypass.pcap").code == 0);
}

}  // namespace
