#pragma once

#include <optional>
#include <vector>

#include "probe/mpa_frame.h"
#include "probe/mpa_message.h"
#include "probe/out_buffer.h"
#include "probe/role.h"

namespace gimbal::probe {

/// The answering end of an MPA stream: agrees on markers and CRC, checks every FPDU, answers each
/// with one of `request.bytes`. A stream at fault is told so in a last message and closed, as
/// RFC 5044 8 asks.
class MpaRole final : public Role {
 public:
  explicit MpaRole(const Request& request);
  Progress advance(int fd, Clock::time_point now) override;
  [[nodiscard]] bool wants_read() const noexcept override;
  [[nodiscard]] bool wants_write() const noexcept override { return out_.waiting() > 0; }

 private:
  bool read_some(int fd);
  /// False: what came is no start of an MPA stream.
  bool start();
  void answer_all();
  void answer(std::uint64_t number, MpaMessage::Status status);

  Pattern requests_;
  Pattern answers_;
  std::vector<std::byte> ulpdu_;  ///< Of an answer.
  std::vector<std::byte> startup_;
  std::optional<MpaReader> reader_;
  std::optional<MpaWriter> writer_;
  OutBuffer out_;
  bool closing_{false};
};

}  // namespace gimbal::probe
