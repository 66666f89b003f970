#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "impair/delay_table.h"
#include "impair/rate_trace.h"

namespace gimbal::impair {

/// The traces and tables a configuration points into: what it names by file is read once. Copies
/// share what they hold, so a changed configuration keeps what the old one named.
class ModelStore {
 public:
  enum class TraceFormat { mahimahi, csv };
  enum class TableFormat { netem, samples };

  /// The model in `file`; the error says the file and, where it can, the line.
  Result<const RateTrace*> trace(const std::string& file, TraceFormat format);
  Result<const DelayTable*> table(const std::string& file, TableFormat format);
  const RateTrace* keep(RateTrace trace);
  const DelayTable* keep(DelayTable table);

  /// From now on only files read before: a change while running touches no disk, and a client of
  /// the control interface cannot read files by naming them.
  void seal() { sealed_ = true; }

 private:
  Result<std::string> read(const std::string& file) const;

  bool sealed_{false};
  std::map<std::string, std::shared_ptr<const RateTrace>> traces_;
  std::map<std::string, std::shared_ptr<const DelayTable>> tables_;
  std::vector<std::shared_ptr<const void>> inline_;
};

}  // namespace gimbal::impair
