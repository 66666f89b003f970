#include "probe/options.h"

#include <CLI/CLI.hpp>
#include <map>

namespace gimbal::probe {
namespace {

template <class T>
void add_number(CLI::App& command, const char* name, T& value, T low, T high, const char* help) {
  command.add_option(name, value, help)->check(CLI::Range(low, high));
}

}  // namespace

void add_option(CLI::App& command, const char* name, unsigned& value, unsigned low, unsigned high,
                const char* help) {
  add_number(command, name, value, low, high, help);
}

void add_option(CLI::App& command, const char* name, std::uint64_t& value, std::uint64_t low,
                std::uint64_t high, const char* help) {
  add_number(command, name, value, low, high, help);
}

void add_option(CLI::App& command, const char* name, double& value, double low, double high,
                const char* help) {
  add_number(command, name, value, low, high, help);
}

void add_option(CLI::App& command, const char* name, std::string& value, const char* help) {
  command.add_option(name, value, help);
}

void add_option(CLI::App& command, const char* name, SizeModel& value, const char* help) {
  const auto take = [&value](const std::string& text) {
    auto parsed = SizeModel::parse(text);
    if (!parsed) throw CLI::ValidationError{parsed.error().message()};
    value = std::move(parsed.value());
  };
  command.add_option_function<std::string>(name, take, help)
      ->type_name("SIZE")
      ->default_str(value.text());
}

void add_flag(CLI::App& command, const char* name, bool& value, const char* help) {
  command.add_flag(name, value, help);
}

void add_choice(CLI::App& command, const char* name, bool& value, const char* no, const char* yes,
                const char* help) {
  const std::map<std::string, bool> words{{no, false}, {yes, true}};
  command.add_option(name, value, help)->transform(CLI::CheckedTransformer(words));
}

void needs(CLI::App& command, const char* name, const char* other) {
  command.get_option(name)->needs(command.get_option(other));
}

void excludes(CLI::App& command, const char* name, const char* other) {
  command.get_option(name)->excludes(command.get_option(other));
}

}  // namespace gimbal::probe
