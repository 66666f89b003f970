#include "probe/mpa_role.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace gimbal::probe {
namespace {

constexpr std::size_t kBlock = 64 * 1024;
/// More answers than this wait in the socket's stead: the client does not read, so nor do we.
constexpr std::size_t kMostWaiting = 512 * 1024;

}  // namespace

MpaRole::MpaRole(const Request& request)
    : requests_{mpa_request_pattern(request.seed)},
      answers_{mpa_answer_pattern(request.seed)},
      ulpdu_(std::clamp<std::uint64_t>(request.bytes, MpaMessage::kHeadSize, kMpaMaxUlpdu)) {}

bool MpaRole::wants_read() const noexcept { return !closing_ && out_.waiting() < kMostWaiting; }

Progress MpaRole::advance(int fd, Clock::time_point) {
  if (wants_read() && !read_some(fd)) return Progress::failed;
  const Progress flushed = out_.flush(fd);
  if (flushed == Progress::failed) return Progress::failed;
  return flushed == Progress::done && closing_ ? Progress::done : Progress::waiting;
}

bool MpaRole::read_some(int fd) {
  std::array<std::byte, kBlock> block;
  const ssize_t n = ::recv(fd, block.data(), block.size(), 0);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) return false;
  const auto bytes = std::span{block}.first(static_cast<std::size_t>(n));
  if (reader_) {
    reader_->feed(bytes);
  } else {
    startup_.insert(startup_.end(), bytes.begin(), bytes.end());
    if (!start()) return false;
  }
  if (reader_) answer_all();
  return true;
}

bool MpaRole::start() {
  if (startup_.size() < MpaStartup::kHeaderSize) return true;
  const auto size = MpaStartup::size_of(startup_);
  if (!size) return false;
  if (startup_.size() < *size) return true;
  const auto request = MpaStartup::parse(startup_);
  if (!request || request->reply) return false;
  MpaStartup reply;
  reply.reply = true;
  reply.options = request->options;
  out_.bytes() = reply.serialize();
  reader_.emplace(reply.options);
  writer_.emplace(reply.options);
  reader_->feed(std::span{startup_}.subspan(*size));
  return true;
}

void MpaRole::answer_all() {
  while (const auto ulpdu = reader_->next()) {
    if (ulpdu->size() < MpaMessage::kHeadSize) {
      answer(0, MpaMessage::Status::wrong_content);
      continue;
    }
    const bool right = MpaMessage::is_right(requests_, *ulpdu);
    answer(MpaMessage::parse(*ulpdu).number,
           right ? MpaMessage::Status::right : MpaMessage::Status::wrong_content);
  }
  if (reader_->fault() == MpaFault::none) return;
  answer(reader_->fpdu_offset(), MpaMessage::Status::broken_stream);
  closing_ = true;
}

void MpaRole::answer(std::uint64_t number, MpaMessage::Status status) {
  MpaMessage{number, status}.write(answers_, ulpdu_);
  writer_->append(ulpdu_, out_.bytes());
}

}  // namespace gimbal::probe
