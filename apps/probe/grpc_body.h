#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "probe/block_pattern.h"

namespace gimbal::probe {

/// One gRPC message as the body of an HTTP/2 stream: a byte for "not compressed", four bytes of
/// length, the content. Produces it piece by piece, and checks one that arrives piece by piece.
class GrpcBody {
 public:
  static constexpr std::uint64_t kPrefix = 5;

  GrpcBody() = default;
  GrpcBody(std::uint64_t seed, std::uint64_t size) noexcept : pattern_{seed}, size_{size} {
    for (unsigned i = 0; i < 4; ++i) prefix_[1 + i] = static_cast<std::byte>(size >> (8 * (3 - i)));
  }

  /// Writes the next bytes, as many as there are and fit; returns how many.
  std::size_t fill(std::span<std::byte> out) noexcept {
    const std::size_t room = out.size();
    while (!out.empty() && !complete()) {
      const auto piece = at(out.size());
      std::memcpy(out.data(), piece.data(), piece.size());
      done_ += piece.size();
      out = out.subspan(piece.size());
    }
    return room - out.size();
  }

  /// Takes the next bytes. What differs or is too much makes the body wrong.
  void take(std::span<const std::byte> in) noexcept {
    while (!in.empty()) {
      const auto piece = at(in.size());
      if (piece.empty() || std::memcmp(piece.data(), in.data(), piece.size()) != 0) wrong_ = true;
      if (piece.empty()) return;
      done_ += piece.size();
      in = in.subspan(piece.size());
    }
  }

  [[nodiscard]] bool complete() const noexcept { return done_ == kPrefix + size_; }
  [[nodiscard]] bool right() const noexcept { return complete() && !wrong_; }

 private:
  [[nodiscard]] std::span<const std::byte> at(std::size_t most) const noexcept {
    if (done_ < kPrefix)
      return std::span{prefix_}.subspan(done_, std::min<std::size_t>(most, kPrefix - done_));
    const std::uint64_t offset = done_ - kPrefix;
    return pattern_.piece(offset, std::min<std::uint64_t>(most, size_ - offset));
  }

  BlockPattern pattern_;
  std::uint64_t size_{0};
  std::uint64_t done_{0};  ///< Of prefix and content.
  bool wrong_{false};
  std::array<std::byte, kPrefix> prefix_{};
};

}  // namespace gimbal::probe
