#include "capture_route.h"

#include <array>
#include <optional>
#include <span>
#include <utility>

#include "config/json_reader.h"
#include "emulator_config.h"

namespace gimbal::impair {
namespace {

using nlohmann::json;

constexpr std::array<JsonReader::Choice<Sides>, 3> kSides{
    {{"both", Sides::both}, {"a", Sides::a}, {"b", Sides::b}}};
constexpr std::array<JsonReader::Choice<bool>, 2> kActions{{{"start", true}, {"stop", false}}};

struct Wish {
  bool start{false};
  CaptureOptions options;
};

/// A name within the folder: no way out of it, and nothing hidden.
void require_plain(const JsonReader& in, const std::string& name) {
  if (in.failed()) return;
  if (name.find('/') != std::string::npos || name.front() == '.') {
    in.fail_value(
        "must be a file name without '/', not beginning with a point: it lies in "
        "capture.folder");
  }
}

Result<Wish> read_wish(const json& body) {
  std::optional<Error> error;
  const JsonReader in{body, error};
  in.allow_only({"action", "file", "side", "snap_bytes", "packets"});
  Wish wish;
  wish.start = in.at("action").choice(std::span<const JsonReader::Choice<bool>>{kActions});
  if (!error && wish.start) {
    const auto file = in.at("file");
    wish.options.file = file.text(1, 200);
    require_plain(file, wish.options.file);
  }
  if (const auto side = in.find("side")) {
    wish.options.sides = side->choice(std::span<const JsonReader::Choice<Sides>>{kSides});
  }
  if (const auto snap = in.find("snap_bytes")) {
    wish.options.snap_bytes = snap->integer<std::uint32_t>(14, 65535);
  }
  if (const auto packets = in.find("packets")) {
    wish.options.packets = packets->integer<std::uint64_t>(0, UINT64_MAX);
  }
  if (error) return *error;
  return wish;
}

Result<json> act(Emulator& emulator, const json& body) {
  auto wish = read_wish(body);
  if (!wish) return wish.error();
  CaptureOptions& options = wish.value().options;
  if (!wish.value().start) {
    if (auto error = emulator.stop_capture()) return *error;
    return emulator.capture();
  }
  const auto& folder = emulator.capture_folder();
  if (!folder) {
    return Error{"file",
                 "no folder to write it to: start gimbal-impair with capture.folder in its "
                 "configuration, or with --capture FILE"};
  }
  options.file = *folder + "/" + options.file;
  options.existing = PcapngWriter::Existing::refuse;
  if (auto error = emulator.start_capture(options)) return Error{"file", error->message()};
  return emulator.capture();
}

json describe_operation(const char* id, const char* summary) {
  const json problem{{"$ref", "#/components/responses/Problem"}};
  const json any{{"application/json", {{"schema", {{"type", "object"}}}}}};
  return {
      {"operationId", id},
      {"summary", summary},
      {"tags", {"operation"}},
      {"responses", {{"200", {{"description", summary}, {"content", any}}}, {"default", problem}}}};
}

json describe_post() {
  const json problem{{"$ref", "#/components/responses/Problem"}};
  json out = describe_operation(
      "postCapture", "Starts or stops a pcapng capture of the ports, fates as comments.");
  const json properties{
      {"action", {{"enum", {"start", "stop"}}}},
      {"file", {{"type", "string"}, {"description", "In capture.folder; must not exist."}}},
      {"side", {{"enum", {"both", "a", "b"}}, {"default", "both"}}},
      {"snap_bytes",
       {{"type", "integer"}, {"minimum", 14}, {"maximum", 65535}, {"default", 65535}}},
      {"packets",
       {{"type", "integer"},
        {"minimum", 0},
        {"default", 0},
        {"description", "Ends when so many frames are in the file; 0: when it is stopped."}}}};
  const json schema{{"type", "object"},
                    {"required", {"action"}},
                    {"additionalProperties", false},
                    {"properties", properties}};
  out["requestBody"] = {{"required", true},
                        {"content", {{"application/json", {{"schema", schema}}}}}};
  for (const char* const status : {"400", "415", "422"}) out["responses"][status] = problem;
  return out;
}

}  // namespace

std::vector<ExtraRoute> capture_routes(Emulator& emulator) {
  return {{"GET", "/api/v1/capture",
           [&emulator](const json&) -> Result<json> { return emulator.capture(); },
           describe_operation("getCapture", "The capture under way, or the last one.")},
          {"POST", "/api/v1/capture",
           [&emulator](const json& body) -> Result<json> { return act(emulator, body); },
           describe_post()}};
}

std::vector<ExtraMetric> capture_metrics(const Emulator& emulator) {
  const json now = emulator.capture();
  return {{"gimbal_impair_captured_frames_total",
           CounterKind::counter,
           "Frames written to captures",
           {},
           now["frames_in_all"].get<double>()},
          {"gimbal_impair_capture_lost_frames_total",
           CounterKind::counter,
           "Frames the writer of a capture did not keep up with; they left all the same",
           {},
           now["lost_in_all"].get<double>()}};
}

}  // namespace gimbal::impair
