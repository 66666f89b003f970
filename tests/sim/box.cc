#include "sim/box.h"

namespace gimbal::sim {

std::string_view to_string(BoxKind kind) noexcept {
  switch (kind) {
    case BoxKind::off:
      return "off";
    case BoxKind::bypass:
      return "bypass";
    case BoxKind::observe:
      return "observe";
    case BoxKind::repair:
      return "auto";
  }
  return "?";
}

}  // namespace gimbal::sim
