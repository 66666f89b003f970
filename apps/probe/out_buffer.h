#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <vector>

#include "probe/transfer.h"

namespace gimbal::probe {

/// Bytes on their way into a non-blocking socket.
class OutBuffer {
 public:
  /// Append here.
  [[nodiscard]] std::vector<std::byte>& bytes() noexcept { return bytes_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return bytes_.size() - sent_; }

  /// `done`: everything is in the socket. `waiting`: call again when it can be written.
  Progress flush(int fd) {
    while (sent_ < bytes_.size()) {
      const ssize_t n = ::send(fd, bytes_.data() + sent_, bytes_.size() - sent_, MSG_NOSIGNAL);
      if (n < 0) return errno == EAGAIN || errno == EINTR ? Progress::waiting : Progress::failed;
      sent_ += static_cast<std::size_t>(n);
    }
    bytes_.clear();
    sent_ = 0;
    return Progress::done;
  }

 private:
  std::vector<std::byte> bytes_;
  std::size_t sent_{0};
};

}  // namespace gimbal::probe
