#pragma once

#include <string>
#include <utility>
#include <vector>

#include "probe/page/axis.h"

namespace gimbal::probe::page {

/// One line of a plot.
struct Curve {
  std::string name;
  int colour{0};      ///< One of the page's six.
  bool faint{false};  ///< Beside others of its colour: a further round, a maximum.
  std::vector<std::pair<double, double>> points;
};

/// A figure with curves over one pair of axes.
struct Plot {
  std::string title;
  std::string x_title;
  std::string y_title;
  Scale x_scale{Scale::linear};
  Scale y_scale{Scale::linear};
  bool wide{false};        ///< As wide as the page.
  bool y_from_zero{true};  ///< A linear axis begins at 0.
  std::vector<Curve> curves;
};

/// The figure as HTML: a caption, a legend when there is more than one curve, an SVG that tells
/// the values under the pointer. Empty when no curve has a point.
std::string render(const Plot& plot);

/// A value with the interval it lies in.
struct Bar {
  std::string label;
  int colour{0};
  double low{0};
  double middle{0};
  double high{0};
  std::string says;  ///< Shown at the bar's right.
};

/// Intervals side by side, one a row, on one axis with a line at `reference`.
struct BarPlot {
  std::string title;
  std::string x_title;
  Scale x_scale{Scale::linear};
  bool has_reference{false};
  double reference{0};
  std::vector<Bar> bars;
};
std::string render(const BarPlot& plot);

/// A value from 0 made of two parts, with the interval it lies in.
struct Stack {
  std::string label;
  int colour{0};
  double part{0};   ///< The first part, drawn faint.
  double whole{0};  ///< Both together.
  double low{0};
  double high{0};
  std::string says;
};

/// Stacks side by side, one a row, on one axis from 0.
struct StackPlot {
  std::string title;
  std::string x_title;
  std::vector<Stack> stacks;
};
std::string render(const StackPlot& plot);

}  // namespace gimbal::probe::page
