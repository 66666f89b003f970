#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/table.h"

namespace gimbal::sim {

/// What a person asked for at the command line. `matrix` is every combination, one run a row.
struct Request {
  std::vector<std::string> profiles{"all"};
  std::uint64_t drawn{0};  ///< So many drawn paths, from `first_path` on, in place of `profiles`.
  std::uint64_t first_path{1};
  std::vector<std::string> senders{"cubic"};
  bool paced{false};
  std::string receiver{"linux"};
  std::vector<std::string> boxes{"off", "auto"};
  std::uint64_t seeds{1};
  std::uint64_t first_seed{1};
  double seconds{10};
  double starts{0};
  std::uint32_t bystanders{1};
  std::vector<std::string> bystander_senders{"cubic"};
  double bystander_at{-1};
  bool datagrams{false};
  std::vector<std::uint64_t> bytes;
  std::uint32_t flows{1};
  std::string direction{"down"};
  bool counters{false};
  std::string trace;
  std::vector<std::string> without;
  std::vector<std::string> limits;
  std::string csv;
};

/// Throws CLI::ValidationError naming the option and the value it does not know.
[[nodiscard]] std::vector<Row> matrix(const Request& request);

}  // namespace gimbal::sim
