#include <array>

#include "probe/command.h"
#include "probe/compare_command.h"

namespace gimbal::probe {
namespace {

const std::array kTable{
    CommandRow{"compare", "two runs against each other, with intervals", kCompareExamples,
               make_compare},
};

}  // namespace

std::span<const CommandRow> command_table() noexcept { return kTable; }

}  // namespace gimbal::probe
