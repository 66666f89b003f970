#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "support/packet_builder.h"
#include "tcp/tracker.h"

namespace Catch {
class ScopedMessage;
}

namespace gimbal::testing {

constexpr Nanos operator""_ms(unsigned long long n) {
  return Nanos::millis(static_cast<std::int64_t>(n));
}
constexpr Nanos operator""_s(unsigned long long n) {
  return Nanos::seconds(static_cast<std::int64_t>(n));
}

/// What the two SYNs of an ordinary handshake offer.
struct Handshake {
  std::uint32_t client_isn{1000};
  std::uint32_t server_isn{5000};
  int client_scale{-1};  ///< Negative: not offered.
  int server_scale{-1};
  bool sack{true};
  bool timestamps{false};  ///< TSval 100 from the client, 900 from the server, then by the test.
};

/// A conversation told segment by segment. Times count from the start of the dialogue. Every
/// segment and what the tracker made of it is a numbered line of the transcript, which is printed
/// beside each assertion that fails while the dialogue lives.
class Dialogue {
 public:
  explicit Dialogue(const std::string& title, Instant start = Instant{1'000'000'000});
  ~Dialogue();
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;

  /// SYN at 0, SYN-ACK at 20 ms (the server's leg), ACK at 25 ms (the client's leg).
  void shake_hands(const Handshake& handshake = {});

  Observation client(Nanos at, const Segment& segment) { return step(at, Side::client, segment); }
  Observation server(Nanos at, const Segment& segment) { return step(at, Side::server, segment); }
  Observation step(Nanos at, Side from, const Segment& segment);
  /// Starts over with an empty conversation, as a caller does after `port_reuse`.
  void forget();

  [[nodiscard]] TcpState state() const { return conversation_.state; }
  [[nodiscard]] Conversation& conversation() { return conversation_; }
  [[nodiscard]] const HalfFlow& client_half() const { return conversation_.half(Side::client); }
  [[nodiscard]] const HalfFlow& server_half() const { return conversation_.half(Side::server); }
  [[nodiscard]] const std::vector<std::string>& transcript() const { return transcript_; }

 private:
  void note(const std::string& line);

  Instant start_;
  Conversation conversation_{};
  std::vector<std::string> transcript_;
  std::vector<std::unique_ptr<Catch::ScopedMessage>> shown_;
};

/// All that was observed, in words. Sequence numbers are counted from the half's ISN, so that the
/// same story with other ISNs reads the same.
[[nodiscard]] std::string describe(const Observation& seen, const Conversation& conversation,
                                   Side from);
/// All that a conversation holds, `challenge_due` aside; sequence numbers from the ISN, times from
/// `first_seen`.
[[nodiscard]] std::string describe(const Conversation& conversation);

}  // namespace gimbal::testing
