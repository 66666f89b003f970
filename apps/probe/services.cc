#include "probe/services.h"

namespace gimbal::probe {

Result<std::vector<std::unique_ptr<Watcher>>> make_services(EventLoop&, const SocketAddress&) {
  return std::vector<std::unique_ptr<Watcher>>{};
}

}  // namespace gimbal::probe
