#include "timeline_json.h"

#include <cmath>
#include <optional>
#include <string>

#include "direction_json.h"

namespace gimbal::impair {
namespace {

using nlohmann::json;

constexpr double kLongestSeconds = 1e6;
constexpr std::size_t kMostSteps = 1000;

/// Fails at the member `path` of `in`, or as near to it as the patch has it.
void fail_at(const JsonReader& in, const std::string& path, const std::string& what) {
  const std::size_t dot = path.find('.');
  const std::string key = path.substr(0, dot);
  const auto below = in.raw().is_object() ? in.find(key) : std::nullopt;
  if (!below) return in.fail(path.empty() ? what : path + ": " + what);
  fail_at(*below, dot == std::string::npos ? std::string{} : path.substr(dot + 1), what);
}

/// Applies the member `key` of `step` to `state` and reads the outcome. A failure is reported at
/// the step, where the slip is, though what is read is the whole direction.
void apply_step(const JsonReader& step, const char* key, json& state, ModelStore& store,
                DirectionConfig& out) {
  const auto patch = step.find(key);
  if (!patch) return;
  if (!patch->raw().is_object()) return patch->fail("must be an object, as in the directions");
  state.merge_patch(patch->raw());
  std::optional<Error> error;
  out = read_direction(JsonReader{state, error}, store);
  if (!error) return;
  fail_at(*patch, error->where, error->what);
}

std::string note_of(const JsonReader& step) {
  const auto note = step.find("note");
  return note ? note->text(0, 200) : std::string{};
}

Nanos read_seconds(const JsonReader& in) {
  return Nanos{std::llround(in.number(0, kLongestSeconds) * 1e9)};
}

json direction_of(const JsonReader& document, const char* key) {
  const auto found = document.find(key);
  return found ? found->raw() : json::object();
}

}  // namespace

Timeline read_timeline(const JsonReader& document, ModelStore& store) {
  Timeline timeline;
  const auto steps = document.find("timeline");
  const auto repeat = document.find("timeline_repeat_s");
  if (repeat) timeline.repeat = read_seconds(*repeat);
  if (!steps || document.failed()) return timeline;
  json a_to_b = direction_of(document, "a_to_b");
  json b_to_a = direction_of(document, "b_to_a");
  std::optional<Error> known_good;
  Ways ways{read_direction(JsonReader{a_to_b, known_good}, store),
            read_direction(JsonReader{b_to_a, known_good}, store)};
  const std::size_t count = steps->size(0, kMostSteps);
  for (std::size_t i = 0; i < count && !document.failed(); ++i) {
    const JsonReader step = steps->at(i);
    step.allow_only({"at_s", "a_to_b", "b_to_a", "note"});
    const Nanos at = read_seconds(step.at("at_s"));
    if (!timeline.steps.empty() && at <= timeline.steps.back().at) {
      step.at("at_s").fail_value("must be later than the step before it");
    }
    apply_step(step, "a_to_b", a_to_b, store, ways[0]);
    apply_step(step, "b_to_a", b_to_a, store, ways[1]);
    timeline.steps.push_back(Timeline::Step{at, ways, note_of(step)});
  }
  const bool ends_early = !timeline.steps.empty() && timeline.repeat <= timeline.steps.back().at;
  if (repeat && !document.failed() && timeline.repeat > Nanos{} && ends_early) {
    repeat->fail_value("must be later than the last step");
  }
  return timeline;
}

}  // namespace gimbal::impair
