#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gimbal::probe::page {

/// Rows under headings. Cells are HTML: escape what is text.
struct Table {
  std::vector<std::string> headings;
  std::vector<std::vector<std::string>> rows;
  /// How many leading columns hold words (left-aligned); the others hold numbers.
  std::size_t words{1};
};
std::string render(const Table& table);

/// Names with values, two columns under a heading; empty when there are none.
std::string render_pairs(const std::string& heading,
                         const std::vector<std::pair<std::string, std::string>>& pairs);

/// A coloured word: css `better`, `worse` or `same`.
std::string badge(const std::string& css, const std::string& word);

/// The whole document around `body`: style and script inside, nothing fetched from anywhere.
std::string document(const std::string& title, const std::string& subtitle,
                     const std::string& body);

}  // namespace gimbal::probe::page
