#include <algorithm>
#include <set>
#include <vector>

#include "base/rng.h"
#include "shaper/gap_list.h"
#include "shaper/lateness.h"
#include "shaper/resequencer.h"
#include "shaper/undo_ledger.h"
#include "support/catch.h"

using namespace gimbal;

namespace {

constexpr Seq32 kStart{0xffff'f000};  // Wraps within a few segments.

Seq32 at(std::uint32_t offset) { return kStart + offset; }
Instant ms(std::int64_t t) { return Instant{} + Nanos::millis(t); }

void open(GapList& gaps, std::uint32_t start, std::uint32_t end, std::int64_t t = 0) {
  gaps.open({at(start), at(end), 7, ms(t)});
}

}  // namespace

TEST_CASE("a gap filled in the middle is two, filled at an end is shorter, across the wrap",
          "[gaps]") {
  GapList gaps;
  open(gaps, 0, 9000);
  REQUIRE(gaps.fill(at(3000), at(4000)));
  CHECK(gaps.size() == 2);
  CHECK(gaps.front().end == at(3000));
  REQUIRE(gaps.fill(at(0), at(1000)));
  CHECK(gaps.front().start == at(1000));
  REQUIRE(gaps.fill(at(1000), at(6000)));  // Spans what came before.
  CHECK(gaps.size() == 1);
  CHECK(gaps.front().start == at(6000));
  CHECK_FALSE(gaps.fill(at(2000), at(5000)));
  REQUIRE(gaps.fill(at(5000), at(9500)));
  CHECK(gaps.empty());
}

TEST_CASE("gaps agree with a plain set of missing bytes, whatever comes in whatever order",
          "[gaps][property]") {
  Rng rng{5};
  for (int trial = 0; trial < 50; ++trial) {
    GapList gaps;
    std::set<std::uint32_t> missing;
    std::uint32_t next = 0;
    for (int step = 0; step < 400; ++step) {
      const auto pick = static_cast<std::uint32_t>(rng.next());
      if (pick % 3 == 0 || next == 0) {
        const std::uint32_t from = next + (pick >> 8) % 4;
        if (from > next) open(gaps, next, from);
        for (std::uint32_t i = next; i < from; ++i) missing.insert(i);
        next = from + 1;
      } else {
        const std::uint32_t from = (pick >> 8) % next;
        const std::uint32_t to = std::min(next, from + 1 + (pick >> 4) % 5);
        const bool expected = std::any_of(missing.lower_bound(from), missing.lower_bound(to),
                                          [](std::uint32_t) { return true; });
        CHECK(gaps.fill(at(from), at(to)).has_value() == expected);
        missing.erase(missing.lower_bound(from), missing.lower_bound(to));
      }
      if (gaps.size() < GapList::kCapacity)
        REQUIRE(gaps.missing_between(ms(0), ms(1)) == missing.size());
    }
  }
}

TEST_CASE("a full list forgets its oldest gap", "[gaps]") {
  GapList gaps;
  for (std::uint32_t i = 0; i < GapList::kCapacity; ++i) open(gaps, i * 10, i * 10 + 5);
  CHECK_FALSE(gaps.open({at(5000), at(5005), 7, ms(0)}));
  CHECK(gaps.size() == GapList::kCapacity);
  CHECK_FALSE(gaps.fill(at(0), at(5)));
  CHECK(gaps.front().start == at(10));
  gaps.fill(at(12), at(13));  // No room for two halves: the lower one stays.
  CHECK(gaps.front().end == at(12));
  gaps.forget_below(at(2552));
  CHECK(gaps.front().start == at(2552));
}

TEST_CASE("held segments leave in sequence order once the gap is filled", "[resequencer]") {
  HoldSlots slots{16};
  Resequencer queue{slots};
  queue.start(at(0));
  const std::vector<std::uint32_t> came{5, 2, 9, 1, 7, 3, 8, 4, 6};
  for (const std::uint32_t i : came) {
    Packet packet;
    packet.length = i;
    REQUIRE(queue.hold(at(i * 1000), at(i * 1000 + 1000), packet, ms(1)));
  }
  CHECK_FALSE(queue.release(Nanos::millis(50), ms(2)));
  queue.passed(at(1000));
  for (std::uint32_t i = 1; i <= 9; ++i) {
    const auto out = queue.release(Nanos::millis(50), ms(2));
    REQUIRE(out);
    CHECK(out->packet.length == i);
    CHECK_FALSE(out->gave_up);
  }
  CHECK(queue.empty());
  CHECK(slots.in_use() == 0);
}

TEST_CASE("a gap is given up when the first that came from beyond it has waited its time",
          "[resequencer]") {
  HoldSlots slots{4};
  Resequencer queue{slots};
  queue.start(at(0));
  REQUIRE(queue.hold(at(3000), at(4000), {}, ms(10)));
  REQUIRE(queue.hold(at(1000), at(2000), {}, ms(20)));
  CHECK(queue.deadline(Nanos::millis(15)) == ms(25));
  CHECK_FALSE(queue.release(Nanos::millis(15), ms(24)));
  const auto first = queue.release(Nanos::millis(15), ms(25));
  REQUIRE(first);
  CHECK(first->gave_up);
  CHECK(queue.next() == at(2000));
  const auto second = queue.release(Nanos::millis(15), ms(25));  // Its own time is up as well.
  REQUIRE(second);
  CHECK(queue.next() == at(4000));
}

TEST_CASE("without a slot nothing is taken, and flushing gives every slot back", "[resequencer]") {
  HoldSlots slots{2};
  Resequencer queue{slots};
  queue.start(at(0));
  CHECK(queue.hold(at(3000), at(4000), {}, ms(0)));
  CHECK(queue.hold(at(2000), at(3000), {}, ms(0)));
  CHECK_FALSE(queue.hold(at(1000), at(2000), {}, ms(0)));
  CHECK(queue.flush());
  CHECK(queue.flush());
  CHECK_FALSE(queue.flush());
  CHECK(slots.in_use() == 0);
}

TEST_CASE("waiting follows the latest original and forgets it in twenty seconds", "[lateness]") {
  Lateness lateness;
  const Nanos cap = Nanos::millis(95);
  CHECK(lateness.window(cap) == Nanos{});
  lateness.on_late(Nanos::millis(8), ms(0));
  CHECK(lateness.window(cap) == Nanos::millis(16));  // Few seen: doubled.
  for (int i = 0; i < 40; ++i) lateness.on_late(Nanos::millis(4), ms(i));
  CHECK(lateness.window(cap) == Nanos::millis(10));
  lateness.on_late(Nanos::millis(300), ms(100));
  CHECK(lateness.window(cap) == cap);
  lateness.on_late(Nanos::millis(4), ms(11'000));
  lateness.on_late(Nanos::millis(4), ms(22'000));
  CHECK(lateness.window(cap) == Nanos::millis(5));
}

TEST_CASE("where losses are many and late originals rare, nothing is waited for", "[lateness]") {
  Lateness lateness;
  lateness.on_late(Nanos::millis(5), ms(0));
  for (int i = 0; i < 16; ++i) lateness.on_lost(ms(i));
  CHECK(lateness.window(Nanos::millis(95)) > Nanos{});
  lateness.on_lost(ms(20));
  CHECK(lateness.window(Nanos::millis(95)) == Nanos{});
}

TEST_CASE("a copy is answered once, by the acknowledgment that reports its bytes", "[ledger]") {
  UndoLedger ledger;
  REQUIRE(ledger.owe({at(1000), at(2000)}));
  REQUIRE(ledger.owe({at(5000), at(6000)}));
  std::optional<SackBlock> inside;
  CHECK_FALSE(ledger.pay(at(1000), {}, inside));
  const SackBlock around{at(4000), at(8000)};
  const auto above = ledger.pay(at(1000), {&around, 1}, inside);
  REQUIRE(above);
  CHECK(above->start == at(5000));
  CHECK(inside == around);
  const auto below = ledger.pay(at(8000), {}, inside);
  REQUIRE(below);
  CHECK(below->start == at(1000));
  CHECK_FALSE(inside);
  CHECK(ledger.empty());
}

TEST_CASE("a full ledger refuses", "[ledger]") {
  UndoLedger ledger;
  for (std::uint32_t i = 0; i < UndoLedger::kCapacity; ++i) CHECK(ledger.owe({at(i), at(i + 1)}));
  CHECK_FALSE(ledger.owe({at(99), at(100)}));
}
