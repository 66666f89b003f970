#include "probe/page/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "probe/page/text.h"

namespace gimbal::probe::page {
namespace {

/// Drawn and readable points of a curve: more than pixels serve nobody.
constexpr std::size_t kMostPoints = 500;

struct Box {
  double width;
  double height;
  double left;
  double right;
  double top;
  double bottom;

  [[nodiscard]] double x(double place) const noexcept { return left + (right - left) * place; }
  [[nodiscard]] double y(double place) const noexcept { return bottom - (bottom - top) * place; }
};

constexpr Box kNarrow{460, 250, 56, 448, 12, 206};
constexpr Box kWide{1140, 330, 60, 1126, 12, 284};

struct Extent {
  double low{std::numeric_limits<double>::infinity()};
  double high{-std::numeric_limits<double>::infinity()};

  void cover(double value) noexcept {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

std::string px(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string line(const char* css, double x1, double y1, double x2, double y2) {
  return std::string{"<line class=\""} + css + "\" x1=\"" + px(x1) + "\" y1=\"" + px(y1) +
         "\" x2=\"" + px(x2) + "\" y2=\"" + px(y2) + "\"/>";
}

std::string text_at(double x, double y, const char* anchor, const std::string& text) {
  return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" text-anchor=\"" + anchor + "\">" +
         escape(text) + "</text>";
}

std::string grid(const Box& box, const Axis& x, const Axis& y) {
  std::string out;
  for (const auto& [place, label] : y.ticks())
    out += line("grid", box.left, box.y(place), box.right, box.y(place)) +
           text_at(box.left - 6, box.y(place) + 4, "end", label);
  for (const auto& [place, label] : x.ticks())
    out += line("grid", box.x(place), box.top, box.x(place), box.bottom) +
           text_at(box.x(place), box.bottom + 16, "middle", label);
  return out;
}

std::string titles(const Box& box, const std::string& x, const std::string& y) {
  const double middle = (box.top + box.bottom) / 2;
  return text_at((box.left + box.right) / 2, box.height - 8, "middle", x) +
         "<text transform=\"translate(12 " + px(middle) +
         ") rotate(-90)\" text-anchor=\"middle\">" + escape(y) + "</text>";
}

/// At most `kMostPoints`, keeping of each stretch its highest: peaks are what one looks for.
std::vector<std::pair<double, double>> thin(const std::vector<std::pair<double, double>>& points) {
  if (points.size() <= kMostPoints) return points;
  std::vector<std::pair<double, double>> kept;
  const double stretch = static_cast<double>(points.size()) / static_cast<double>(kMostPoints);
  for (std::size_t i = 0; i < kMostPoints; ++i) {
    const auto from = static_cast<std::ptrdiff_t>(static_cast<double>(i) * stretch);
    const auto to = static_cast<std::ptrdiff_t>(static_cast<double>(i + 1) * stretch);
    kept.push_back(*std::max_element(points.begin() + from, points.begin() + to,
                                     [](auto a, auto b) { return a.second < b.second; }));
  }
  kept.back() = points.back();
  return kept;
}

std::string draw(const Curve& curve, const Box& box, const Axis& x, const Axis& y) {
  std::string path;
  std::string data;
  for (const auto& [at, value] : thin(curve.points)) {
    if (!std::isfinite(at) || !std::isfinite(value)) continue;
    const std::string left = px(box.x(x.place(at)));
    path += (path.empty() ? "" : " ") + left + "," + px(box.y(y.place(value)));
    data += (data.empty() ? "[" : ",[") + left + "," + compact(at) + "," + compact(value) + "]";
  }
  return "<polyline class=\"curve c" + std::to_string(curve.colour) +
         (curve.faint ? " faint" : "") + "\" points=\"" + path + "\" data-name=\"" +
         escape(curve.name) + "\" data-points=\"[" + data + "]\"/>";
}

std::string legend(const std::vector<Curve>& curves) {
  std::string out = "<div class=\"legend\">";
  std::vector<std::string> told;
  for (const Curve& curve : curves) {
    if (curve.points.empty() || std::find(told.begin(), told.end(), curve.name) != told.end())
      continue;
    told.push_back(curve.name);
    out += "<span><i class=\"key k" + std::to_string(curve.colour) + (curve.faint ? " faint" : "") +
           "\"></i>" + escape(curve.name) + "</span>";
  }
  return told.size() > 1 ? out + "</div>" : "";
}

std::string open_svg(const Box& box, const std::string& title) {
  return "<svg viewBox=\"0 0 " + px(box.width) + " " + px(box.height) +
         "\" role=\"img\" aria-label=\"" + escape(title) + "\"";
}

}  // namespace

std::string render(const Plot& plot) {
  Extent across;
  Extent up;
  for (const Curve& curve : plot.curves)
    for (const auto& [x, y] : curve.points)
      if (std::isfinite(x) && std::isfinite(y)) across.cover(x), up.cover(y);
  if (across.low > across.high) return {};
  const bool zero = plot.y_scale == Scale::linear && plot.y_from_zero;
  const Axis x{plot.x_scale, across.low, across.high};
  const Axis y{plot.y_scale, zero ? std::min(0.0, up.low) : up.low, up.high};
  const Box& box = plot.wide ? kWide : kNarrow;
  std::string out = std::string{"<figure"} + (plot.wide ? " class=\"wide\"" : "") +
                    "><figcaption>" + escape(plot.title) + "</figcaption>" + legend(plot.curves) +
                    open_svg(box, plot.title) + " data-left=\"" + px(box.left) +
                    "\" data-right=\"" + px(box.right) + "\" data-width=\"" + px(box.width) +
                    "\" data-x=\"" + escape(plot.x_title) + "\"" +
                    (plot.x_scale == Scale::nines ? " data-nines" : "") + ">" + grid(box, x, y) +
                    titles(box, plot.x_title, plot.y_title);
  for (const Curve& curve : plot.curves)
    if (!curve.points.empty()) out += draw(curve, box, x, y);
  return out + "<line class=\"cross\" x1=\"0\" x2=\"0\" y1=\"" + px(box.top) + "\" y2=\"" +
         px(box.bottom) + "\" style=\"display:none\"/></svg><div class=\"read\"></div></figure>";
}

std::string render(const BarPlot& plot) {
  if (plot.bars.empty()) return {};
  constexpr double kRow = 26;
  const double bottom = 14 + kRow * static_cast<double>(plot.bars.size());
  const Box box{1140, bottom + 44, 250, 900, 10, bottom};
  Extent across;
  if (plot.has_reference) across.cover(plot.reference);
  for (const Bar& bar : plot.bars) across.cover(bar.low), across.cover(bar.high);
  const Axis x{plot.x_scale, across.low, across.high};
  std::string out = "<figure class=\"wide\"><figcaption>" + escape(plot.title) + "</figcaption>" +
                    open_svg(box, plot.title) + ">";
  for (const auto& [place, label] : x.ticks())
    out += line("grid", box.x(place), box.top, box.x(place), box.bottom) +
           text_at(box.x(place), box.bottom + 16, "middle", label);
  if (plot.has_reference) {
    const double at = box.x(x.place(plot.reference));
    out += line("reference", at, box.top, at, box.bottom);
  }
  double y = box.top + kRow / 2;
  for (const Bar& bar : plot.bars) {
    const std::string css = "bar c" + std::to_string(bar.colour);
    out += text_at(box.left - 12, y + 4, "end", bar.label) +
           line(css.c_str(), box.x(x.place(bar.low)), y, box.x(x.place(bar.high)), y) +
           "<circle class=\"dot f" + std::to_string(bar.colour) + "\" cx=\"" +
           px(box.x(x.place(bar.middle))) + "\" cy=\"" + px(y) + "\" r=\"5\"/>" +
           text_at(box.right + 14, y + 4, "start", bar.says);
    y += kRow;
  }
  return out + text_at((box.left + box.right) / 2, box.height - 8, "middle", plot.x_title) +
         "</svg></figure>";
}

std::string render(const StackPlot& plot) {
  if (plot.stacks.empty()) return {};
  constexpr double kRow = 40;
  const double bottom = 10 + kRow * static_cast<double>(plot.stacks.size());
  const Box box{1140, bottom + 44, 190, 800, 10, bottom};
  double most = 0;
  for (const Stack& stack : plot.stacks) most = std::max({most, stack.high, stack.whole});
  const Axis x{Scale::linear, 0, most};
  std::string out = "<figure class=\"wide\"><figcaption>" + escape(plot.title) + "</figcaption>" +
                    open_svg(box, plot.title) + ">";
  for (const auto& [place, label] : x.ticks())
    out += line("grid", box.x(place), box.top, box.x(place), box.bottom) +
           text_at(box.x(place), box.bottom + 16, "middle", label);
  const auto block = [&](double from, double to, double y, const Stack& stack, const char* more) {
    return "<rect class=\"f" + std::to_string(stack.colour) + more + "\" x=\"" +
           px(box.x(x.place(from))) + "\" y=\"" + px(y - 11) + "\" width=\"" +
           px(std::max(0.0, box.x(x.place(to)) - box.x(x.place(from)))) + "\" height=\"22\"/>";
  };
  double y = box.top + kRow / 2;
  for (const Stack& stack : plot.stacks) {
    out += text_at(box.left - 12, y + 4, "end", stack.label) +
           block(0, stack.part, y, stack, " pale") + block(stack.part, stack.whole, y, stack, "") +
           line("whisker", box.x(x.place(stack.low)), y, box.x(x.place(stack.high)), y) +
           text_at(box.right + 14, y + 4, "start", stack.says);
    y += kRow;
  }
  return out + text_at((box.left + box.right) / 2, box.height - 8, "middle", plot.x_title) +
         "</svg></figure>";
}

}  // namespace gimbal::probe::page
