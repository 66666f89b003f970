#include "config/schema.h"

#include <string>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace gimbal {

namespace {

using nlohmann::json;
using valijson::adapters::NlohmannJsonAdapter;

/// "<root>", "[ports]", "[0]" as "ports[0]".
std::string path_of(const std::vector<std::string>& context) {
  std::string path;
  for (const auto& part : context) {
    if (part.size() < 2 || part.front() != '[') continue;
    const auto key = part.substr(1, part.size() - 2);
    const bool is_index = key.find_first_not_of("0123456789") == std::string::npos;
    if (is_index) path += part;
    if (!is_index) path += (path.empty() ? "" : ".") + key;
  }
  return path.empty() ? "document" : path;
}

}  // namespace

std::optional<Error> check_schema(const json& document, std::string_view schema) {
  const auto definition = json::parse(schema);
  valijson::Schema parsed;
  valijson::SchemaParser parser{valijson::SchemaParser::kDraft7};
  parser.populateSchema(NlohmannJsonAdapter{definition}, parsed);

  valijson::Validator validator{valijson::Validator::kStrongTypes};
  valijson::ValidationResults results;
  if (validator.validate(parsed, NlohmannJsonAdapter{document}, &results)) return std::nullopt;
  valijson::ValidationResults::Error deepest;
  valijson::ValidationResults::Error error;
  while (results.popError(error))
    if (deepest.description.empty() || error.context.size() > deepest.context.size())
      deepest = error;
  return Error{path_of(deepest.context), "against the schema: " + deepest.description};
}

}  // namespace gimbal
