#include <array>

#include "probe/command.h"
#include "probe/compare_command.h"
#include "probe/whatif_command.h"

namespace gimbal::probe {
namespace {

const std::array kTable{
    CommandRow{"compare", "two runs against each other, with intervals", kCompareExamples,
               make_compare},
    CommandRow{"whatif", "the same inference at the edge and in the core", kWhatifExamples,
               make_whatif},
};

}  // namespace

std::span<const CommandRow> command_table() noexcept { return kTable; }

}  // namespace gimbal::probe
