#include <cstdio>
#include <functional>
#include <iostream>
#include <iterator>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "client.h"
#include "config/json_reader.h"
#include "table.h"

namespace {

using gimbal::Error;
using gimbal::Result;
using gimbal::ctl::Answer;
using nlohmann::json;

constexpr int kFailure = 1;
constexpr int kBadArguments = 2;

struct Options {
  std::string url{"http://127.0.0.1:8480"};
  std::string output{"table"};
  std::size_t limit{100};
  std::size_t offset{0};
  std::string verdict;
  std::string state;
  std::string mode;
  std::string patch;
  std::string if_match;
};

int fail(int code, const std::string& line) {
  std::fprintf(stderr, "gimbalctl: %s\n", line.c_str());
  return code;
}

/// Prints the answer by `table` or as it came; a refused request is one line on standard error.
int show(const Result<Answer>& answer, const Options& options,
         const std::function<std::string(const json&)>& table) {
  if (!answer) return fail(kFailure, answer.error().message());
  const auto& body = answer.value().body;
  const auto document = json::parse(body, nullptr, false);
  if (answer.value().status >= 400)
    return fail(kFailure, std::to_string(answer.value().status) + ": " +
                              (document.is_object() ? document.value("detail", body) : body));
  const bool as_table = options.output == "table" && !document.is_discarded();
  std::cout << (as_table ? table(document) : body);
  return 0;
}

std::string plain(const json& document) { return document.dump(2) + '\n'; }

/// "-" is standard input, "@FILE" a file, anything else the patch itself.
Result<std::string> read_patch(const std::string& argument) {
  if (argument == "-")
    return std::string{std::istreambuf_iterator<char>{std::cin}, std::istreambuf_iterator<char>{}};
  if (argument.substr(0, 1) == "@") return gimbal::read_text_file(argument.substr(1));
  return argument;
}

int run_flows(const gimbal::ctl::Url& url, const Options& options) {
  auto target = "/api/v1/flows?limit=" + std::to_string(options.limit) +
                "&offset=" + std::to_string(options.offset);
  if (!options.verdict.empty()) target += "&verdict=" + gimbal::ctl::escape_query(options.verdict);
  if (!options.state.empty()) target += "&state=" + gimbal::ctl::escape_query(options.state);
  return show(request(url, "GET", target), options, gimbal::ctl::flows_table);
}

int run_mode(const gimbal::ctl::Url& url, const Options& options) {
  const auto mode = [](const json& answer) { return answer.at("mode").get<std::string>() + '\n'; };
  if (options.mode.empty()) return show(request(url, "GET", "/api/v1/mode"), options, mode);
  return show(request(url, "PUT", "/api/v1/mode", json{{"mode", options.mode}}.dump()), options,
              mode);
}

int run_patch(const gimbal::ctl::Url& url, const Options& options) {
  const auto patch = read_patch(options.patch);
  if (!patch) return fail(kBadArguments, patch.error().message());
  if (const auto parsed = gimbal::parse_json(patch.value()); !parsed)
    return fail(kBadArguments, parsed.error().message());
  std::vector<std::pair<std::string, std::string>> headers;
  if (!options.if_match.empty()) headers.emplace_back("If-Match", options.if_match);
  return show(request(url, "PATCH", "/api/v1/config", patch.value(), headers), options, plain);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Talks to a running gimbal or gimbal-impair over its REST interface."};
  app.footer(
      "Examples:\n"
      "  gimbalctl status\n"
      "  gimbalctl flows --verdict congested -o json\n"
      "  gimbalctl mode bypass\n"
      "  gimbalctl config patch '{\"policy\": {\"default\": {\"mode\": \"observe\"}}}'\n"
      "  gimbalctl --url http://127.0.0.1:8481 config patch @path.json\n\n"
      "Exit: 0 done, 1 refused or not reachable, 2 bad arguments.");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--url", options.url, "Where the program listens")
      ->envname("GIMBAL_URL")
      ->capture_default_str();
  app.add_option("-o,--output", options.output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  auto* status = app.add_subcommand("status", "State, ports, workers and memory");
  auto* flows = app.add_subcommand("flows", "The flow table");
  flows->add_option("--limit", options.limit, "Rows at most")->check(CLI::Range(1, 1000));
  flows->add_option("--offset", options.offset, "Rows to skip");
  flows->add_option("--verdict", options.verdict, "Only flows with this verdict");
  flows->add_option("--state", options.state, "Only flows in this state");
  auto* mode = app.add_subcommand("mode", "Show or set the mode above which no flow is treated");
  mode->add_option("mode", options.mode, "bypass, observe or auto")
      ->check(CLI::IsMember({"bypass", "observe", "auto"}));
  auto* config = app.add_subcommand("config", "The configuration")->require_subcommand(1);
  auto* get = config->add_subcommand("get", "Show it, defaults spelled out");
  auto* patch = config->add_subcommand("patch", "Change it by a merge patch (RFC 7386)");
  patch->add_option("patch", options.patch, "JSON, @FILE, or - for standard input")->required();
  patch->add_option("--if-match", options.if_match, "Only if its ETag is still this one");
  auto* metrics = app.add_subcommand("metrics", "The Prometheus exposition, as served");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadArguments;
  }
  const auto url = gimbal::ctl::parse_url(options.url);
  if (!url) return fail(kBadArguments, url.error().message());
  const auto& at = url.value();
  if (status->parsed())
    return show(request(at, "GET", "/api/v1/status"), options, gimbal::ctl::leaves_table);
  if (flows->parsed()) return run_flows(at, options);
  if (mode->parsed()) return run_mode(at, options);
  if (get->parsed()) return show(request(at, "GET", "/api/v1/config"), options, plain);
  if (patch->parsed()) return run_patch(at, options);
  if (metrics->parsed()) return show(request(at, "GET", "/metrics"), options, plain);
  return kBadArguments;
}
