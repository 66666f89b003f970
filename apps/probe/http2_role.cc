#include "probe/http2_role.h"

#include <cstdio>

namespace gimbal::probe {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

std::string to_hex(const Request& request) {
  std::string text;
  for (const std::byte byte : request.serialize()) {
    text.push_back(kDigits[std::to_integer<unsigned>(byte) >> 4]);
    text.push_back(kDigits[std::to_integer<unsigned>(byte) & 15]);
  }
  return text;
}

std::optional<Request> from_hex(std::string_view text) {
  std::array<std::byte, Request::kSize> bytes{};
  if (text.size() != 2 * bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t high = kDigits.find(text[2 * i]);
    const std::size_t low = kDigits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes[i] = static_cast<std::byte>(high << 4 | low);
  }
  return Request::parse(bytes);
}

Http2Role::Http2Role(std::span<const std::byte> first, Clock::time_point now)
    : now_{now}, session_{true, *this}, healthy_{session_.take(first)} {}

void Http2Role::set_asked_congestion(int fd) {
  if (congestion_.empty()) return;
  if (const auto set = set_congestion(fd, congestion_); !set)
    std::fprintf(stderr, "gimbal-probe: %s\n", set.error().message().c_str());
  congestion_.clear();
  congestion_set_ = true;
}

Progress Http2Role::advance(int fd, Clock::time_point now) {
  now_ = now;
  if (!healthy_ || !session_.advance(fd)) return Progress::failed;
  set_asked_congestion(fd);
  bool answered = false;
  for (; !due_.empty() && due_.begin()->first <= now; answered = true) {
    const std::int32_t stream = due_.begin()->second;
    due_.erase(due_.begin());
    streams_[stream].due = false;
    session_.answer(stream);
  }
  if (answered && !session_.advance(fd)) return Progress::failed;
  return Progress::waiting;
}

Clock::time_point Http2Role::next() const noexcept {
  return due_.empty() ? Clock::time_point::max() : due_.begin()->first;
}

void Http2Role::on_header(std::int32_t stream, std::string_view name, std::string_view value) {
  if (name != "x-probe-exchange") return;
  const auto request = from_hex(value);
  if (!request) return session_.cancel(stream);
  streams_[stream] = {*request, GrpcBody{request->seed, request->upload},
                      GrpcBody{request->seed, request->bytes * request->chunks}};
  if (!congestion_set_) congestion_ = request->congestion;
}

void Http2Role::on_data(std::int32_t stream, std::span<const std::byte> data) {
  if (const auto found = streams_.find(stream); found != streams_.end())
    found->second.upload.take(data);
}

void Http2Role::on_end(std::int32_t stream) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return session_.cancel(stream);
  found->second.due = true;
  due_.emplace(now_ + std::chrono::microseconds{found->second.request.think_us}, stream);
}

void Http2Role::on_close(std::int32_t stream) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  if (found->second.due)
    std::erase_if(due_, [&](const auto& entry) { return entry.second == stream; });
  streams_.erase(found);
}

GrpcBody* Http2Role::body(std::int32_t stream) {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : &found->second.answer;
}

std::string_view Http2Role::trailer(std::int32_t stream) {
  const auto found = streams_.find(stream);
  return found != streams_.end() && found->second.upload.right() ? "right" : "wrong";
}

}  // namespace gimbal::probe
