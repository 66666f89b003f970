#include "probe/bulk_role.h"
#include "probe/exchange_role.h"
#include "probe/mpa_role.h"
#include "probe/role.h"

namespace gimbal::probe {

void ReportStore::keep(std::uint64_t id, std::string report) {
  reports_[id] = std::move(report);
  kept_.push_back(id);
  if (kept_.size() > kMaxReports) {
    reports_.erase(kept_.front());
    kept_.pop_front();
  }
}

std::string ReportStore::find(std::uint64_t id) const {
  const auto found = reports_.find(id);
  return found == reports_.end() ? "null" : found->second;
}

std::unique_ptr<Role> make_role(const Request& request, ReportStore& reports,
                                Clock::time_point now) {
  switch (request.ask) {
    case Ask::exchange:
      return std::make_unique<ExchangeRole>(request, now);
    case Ask::source:
      return std::make_unique<SourceRole>(request, reports, now);
    case Ask::sink:
      return std::make_unique<SinkRole>(request, reports, now);
    case Ask::mpa:
      return std::make_unique<MpaRole>(request);
    case Ask::report:
      return std::make_unique<ReportRole>(reports.find(request.id));
  }
  return nullptr;
}

}  // namespace gimbal::probe
