#include "probe/services.h"

#include "probe/udp_service.h"

namespace gimbal::probe {

Result<std::vector<std::unique_ptr<Watcher>>> make_services(EventLoop& loop,
                                                            const SocketAddress& address,
                                                            ReportStore& reports) {
  std::vector<std::unique_ptr<Watcher>> services;
  auto udp = UdpService::open(loop, address, reports);
  if (!udp) return udp.error();
  services.push_back(std::move(udp.value()));
  return services;
}

}  // namespace gimbal::probe
