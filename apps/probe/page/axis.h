#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gimbal::probe::page {

/// How numbers lie along an axis.
enum class Scale : std::uint8_t {
  linear,
  logarithmic,
  nines,  ///< Shares 0..1 by their distance from 1: 0, 0.9, 0.99 ... are equally far apart.
};

/// Where a number lies and where the axis is marked. Numbers outside are drawn at its ends.
class Axis {
 public:
  struct Tick {
    double place;  ///< 0..1
    std::string label;
  };

  /// Ends that are round and enclose [low, high].
  Axis(Scale scale, double low, double high);

  [[nodiscard]] double place(double value) const noexcept;
  [[nodiscard]] const std::vector<Tick>& ticks() const noexcept { return ticks_; }

 private:
  void mark_linear(double low, double high);
  void mark_logarithmic(double low, double high);
  void mark_nines(double high);
  [[nodiscard]] double along(double value) const noexcept;

  Scale scale_;
  double first_{0};  ///< Of what `along` answers.
  double last_{1};
  std::vector<Tick> ticks_;
};

}  // namespace gimbal::probe::page
