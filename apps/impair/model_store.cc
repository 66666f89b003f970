#include "model_store.h"

#include <utility>

#include "config/json_reader.h"
#include "impair/trace_text.h"

namespace gimbal::impair {
namespace {

constexpr std::size_t kLargestFile = 64u << 20u;

/// Finds `file` in `known` or parses it into there.
template <class Model, class Read, class Parse>
Result<const Model*> find_or_parse(std::map<std::string, std::shared_ptr<const Model>>& known,
                                   const std::string& file, Read read, Parse parse) {
  if (const auto found = known.find(file); found != known.end()) return found->second.get();
  const auto text = read();
  if (!text) return text.error();
  auto parsed = parse(text.value());
  if (!parsed) return Error{"", "'" + file + "': " + parsed.error().message()};
  const auto kept = std::make_shared<const Model>(std::move(parsed.value()));
  known.emplace(file, kept);
  return kept.get();
}

}  // namespace

Result<std::string> ModelStore::read(const std::string& file) const {
  if (sealed_) {
    return Error{"", "'" + file + "': no file is opened while running: name one the start " +
                         "configuration named, or give the values themselves"};
  }
  auto text = read_text_file(file, JsonLimits{kLargestFile, 1});
  if (!text) return Error{"", "'" + file + "': " + text.error().what};
  return text;
}

Result<const RateTrace*> ModelStore::trace(const std::string& file, TraceFormat format) {
  return find_or_parse(
      traces_, file, [&] { return read(file); },
      format == TraceFormat::mahimahi ? parse_mahimahi : parse_rate_csv);
}

Result<const DelayTable*> ModelStore::table(const std::string& file, TableFormat format) {
  return find_or_parse(
      tables_, file, [&] { return read(file); },
      format == TableFormat::netem ? parse_netem_table : parse_samples);
}

const RateTrace* ModelStore::keep(RateTrace trace) {
  auto kept = std::make_shared<const RateTrace>(std::move(trace));
  inline_.push_back(kept);
  return kept.get();
}

const DelayTable* ModelStore::keep(DelayTable table) {
  auto kept = std::make_shared<const DelayTable>(std::move(table));
  inline_.push_back(kept);
  return kept.get();
}

}  // namespace gimbal::impair
