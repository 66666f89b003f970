#pragma once

#include <cstdint>
#include <string>

#include "probe/size_model.h"

namespace CLI {
class App;
}

namespace gimbal::probe {

/// The options workloads have, over CLI11 in one place: its header takes seconds to compile in
/// every file that sees it. `value` holds the default and must outlive the parsing.

/// A number within [low, high].
void add_option(CLI::App& command, const char* name, unsigned& value, unsigned low, unsigned high,
                const char* help);
void add_option(CLI::App& command, const char* name, std::uint64_t& value, std::uint64_t low,
                std::uint64_t high, const char* help);
void add_option(CLI::App& command, const char* name, double& value, double low, double high,
                const char* help);
void add_option(CLI::App& command, const char* name, std::string& value, const char* help);
/// A size or a distribution of sizes.
void add_option(CLI::App& command, const char* name, SizeModel& value, const char* help);
void add_flag(CLI::App& command, const char* name, bool& value, const char* help);
/// One of two words, of which `yes` sets the value.
void add_choice(CLI::App& command, const char* name, bool& value, const char* no, const char* yes,
                const char* help);

/// `name` may only be given together with, or never together with, `other`.
void needs(CLI::App& command, const char* name, const char* other);
void excludes(CLI::App& command, const char* name, const char* other);

}  // namespace gimbal::probe
