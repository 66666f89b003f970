#pragma once

#include <cstdint>
#include <optional>

#include "base/seq32.h"
#include "base/time.h"
#include "policy/policy.h"
#include "shaper/ack_stock.h"
#include "tcp/conversation.h"
#include "wire/segment.h"

namespace gimbal {

/// What custody of a half-flow depends on outside its engine; renewed with every segment.
struct CustodyTerms {
  Custody policy{Custody::never};
  bool possible{false};          ///< Handshake seen, options touchable, window scale known.
  std::uint8_t window_scale{0};  ///< Of the receiver's advertisements.
  bool timestamps{false};        ///< The receiver sends timestamps: the newest TSval and TSecr.
  std::uint32_t ts_value{0};
  std::uint32_t ts_echo{0};
  Seq32 right_edge;               ///< The highest its receiver advertised.
  Seq32 peer_seq;                 ///< End of what the receiver sent.
  std::uint32_t mss{536};         ///< Largest payload the receiver takes.
  std::uint32_t room_packets{0};  ///< As many packets of this half-flow may be cached.
  ShortSpan near_rtt{};           ///< Lowest seen of the sender's leg; zero when unknown.
};

/// A pure acknowledgment of our own making, to be built and sent to the sender. Its sequence number
/// and TSval are the newest its receiver used, so that nothing the receiver sends later looks old
/// (PAWS, RFC 7323 5); TSecr is the TSval of the newest segment covered, or an older one. The ECN
/// bits repeat the receiver's newest (RFC 3168 6.1.3, RFC 9768 3.2.2).
struct EarlyAck {
  Seq32 seq;
  Seq32 ack;
  std::uint16_t window{0};  ///< As on the wire.
  bool has_timestamps{false};
  bool ece{false};
  bool cwr{false};
  bool ae{false};
  std::uint32_t ts_value{0};
  std::uint32_t ts_echo{0};
};

/// Where a half-flow stands when an early acknowledgment is considered.
struct CustodyView {
  Seq32 una;         ///< The receiver's own cumulative acknowledgment.
  Seq32 nxt;         ///< End of what the sender sent.
  Seq32 shown_ack;   ///< Highest acknowledgment the sender has seen.
  Seq32 shown_edge;  ///< Highest right edge the sender has seen.
  Seq32 reach;       ///< As far as the sender should be let.
  std::uint32_t mss{536};
  bool may_claim{false};  ///< The engine repairs, and nothing speaks against answering for more.
  bool stocked{false};    ///< The following are known: enough segments are out.
  Seq32 kept;             ///< Start of the `AckStock::kSegments`th segment before the newest.
  Seq32 next;             ///< Start of the second segment the sender waits for.
  Instant data_at{};      ///< When its newest segment came.
  Instant now{};
};

/// Answering for bytes: what may be acknowledged before its receiver has it (docs/adr/0024).
///
/// - Only bytes we hold copies of without a gap, never the newest segment with payload, never FIN:
///   the sender's last word is always confirmed by its receiver.
/// - The right edge shown never passes the receiver's own and never retreats.
/// Pure bookkeeping: what was claimed is known to the engine, which keeps and resends it.
class Custodian {
 public:
  /// Silence of the receiver, with bytes answered for outstanding, after which the connection is
  /// reset: where Linux gives up (tcp_retries2 = 15, 924.6 s).
  static constexpr Nanos kPatience = Nanos::millis(924'600);

  void permit(const CustodyTerms& terms) noexcept { terms_ = terms; }
  [[nodiscard]] const CustodyTerms& terms() const noexcept { return terms_; }
  /// The far leg is the longer one, or not much shorter: answering early shortens nothing else.
  [[nodiscard]] bool worthwhile(Nanos far_rtt) const noexcept {
    return terms_.policy != Custody::never && terms_.possible &&
           far_rtt * 2 >= terms_.near_rtt.nanos();
  }

  /// A segment that extends the data of the sender. `kept`: the flight holds a copy of it;
  /// `next`: it begins where the data ended.
  void on_data(const Segment& segment, bool kept, bool next) noexcept;
  /// A segment from the receiver, about this half-flow's data.
  void on_ack(const Segment& segment, Instant now) noexcept;
  /// The sender repeated itself: it has not heard us. The next plan answers in any case.
  void answer() noexcept { answer_due_ = true; }

  /// The acknowledgment to send now, or nothing.
  [[nodiscard]] std::optional<EarlyAck> plan(const CustodyView& view) noexcept;
  /// The newest the receiver would say, with `ack` and `window` in place of its own.
  [[nodiscard]] EarlyAck compose(Seq32 ack, std::uint16_t window) noexcept;

  /// When `plan` may have something to say without anything arriving.
  [[nodiscard]] Instant next_deadline() const noexcept { return stock_.wake(); }

  [[nodiscard]] Instant heard_at() const noexcept { return heard_at_; }
  /// What the sender will hear next from the receiver, in sequence.
  [[nodiscard]] Seq32 peer_seq() const noexcept {
    return seen_ack_ ? max(peer_seq_, terms_.peer_seq) : terms_.peer_seq;
  }
  /// No copy of the data up to `end` is ours to resend: claims wait until it is acknowledged.
  void disown(Seq32 end) noexcept { uncached_ = end; }

 private:
  [[nodiscard]] Seq32 claim_end(const CustodyView& view, Seq32 edge) noexcept;
  [[nodiscard]] std::uint32_t units(Seq32 ack, Seq32 edge) const noexcept;

  CustodyTerms terms_;
  AckStock stock_;
  Seq32 newest_;    ///< Start of the newest segment with payload: claims end here.
  Seq32 uncached_;  ///< End of the newest stretch we hold no copy of.
  Seq32 peer_seq_;  ///< The receiver's SND.NXT, by its own acknowledgments.
  std::uint32_t newest_ts_{0};
  std::uint32_t covered_ts_{0};  ///< TSval of the segment before the newest.
  std::uint32_t echoed_ts_{0};   ///< The last TSecr of ours.
  Instant heard_at_{};
  bool seen_data_{false};
  bool seen_ack_{false};
  bool answer_due_{false};
  bool ece_{false};
  bool cwr_{false};
  bool ae_{false};
};

}  // namespace gimbal
