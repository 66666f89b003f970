#include "sim/box.h"

#include <utility>

#include "pipeline/worker.h"
#include "sim/sim_io.h"

namespace gimbal::sim {

namespace {

Mode mode_of(BoxKind kind) noexcept {
  switch (kind) {
    case BoxKind::observe:
      return Mode::observe;
    case BoxKind::repair:
    case BoxKind::unsteady:
    case BoxKind::custody:
      return Mode::repair;
    default:
      return Mode::bypass;
  }
}

Custody custody_of(BoxKind kind) noexcept {
  if (kind == BoxKind::unsteady) return Custody::when_unsteady;
  return kind == BoxKind::custody ? Custody::always : Custody::never;
}

}  // namespace

std::string_view to_string(BoxKind kind) noexcept {
  if (kind == BoxKind::unsteady) return "unsteady";
  if (kind == BoxKind::custody) return "custody";
  return kind == BoxKind::off ? "off" : to_string(mode_of(kind));
}

struct Box::Inside {
  Inside(Loop& run_loop, BoxKind kind, Sink lan, Sink wan, const WorkerOptions& options,
         const BoxOptions& box)
      : loop{run_loop},
        to{std::move(lan), std::move(wan)},
        witness{{.bit_exact = mode_of(kind) != Mode::repair,
                 .custody = custody_of(kind) != Custody::never,
                 .data_from = box.data_from}},
        io{options.packets},
        worker{options, io},
        wake{run_loop, [this] { turn(); }} {
    policy.generation = 1;
    policy.fallback.mode = mode_of(kind);
    policy.fallback.custody = custody_of(kind);
    policy.fallback.actuators = box.actuators;
    worker.shared().policy.store(&policy);
    io.on_transmit = [this](PortId port, std::span<const std::byte> bytes) {
      witness.left(port, bytes, loop.now());
      to[static_cast<std::size_t>(port)](Frame(bytes.begin(), bytes.end()));
    };
  }

  void turn() {
    do worker.run_once(loop.now());
    while (io.waiting());
    // A worker polls; a deadline already due is met at the next poll, some microseconds on.
    wake.arm(max(worker.next_deadline(), loop.now() + kPoll));
  }

  static constexpr Nanos kPoll = Nanos::micros(5);
  Loop& loop;
  Sink to[kPortCount];
  Witness witness;
  Policy policy;
  SimIo io;
  Worker<SimIo> worker;
  Timer wake;
};

Box::Box(Loop& loop, BoxKind kind, Sink to_lan, Sink to_wan, const BoxOptions& box) {
  WorkerOptions options;
  options.flows = 1024;
  options.packets = box.packets;
  options.limits = box.limits;
  inside_ =
      std::make_unique<Inside>(loop, kind, std::move(to_lan), std::move(to_wan), options, box);
}

Box::~Box() = default;

void Box::arrive(PortId port, Frame frame) {
  inside_->witness.arrived(port, frame, inside_->loop.now());
  if (!inside_->io.arrive(port, frame))
    return inside_->witness.blame(inside_->loop.now(), "the pool was spent: a frame was lost");
  inside_->turn();
}

void Box::stop() {
  // As the worker's loop does it: first what is answered for, for at most 1.2 s.
  inside_->worker.begin_drain(inside_->loop.now());
  for (int i = 0; i < 120 && !inside_->worker.drained(); ++i)
    inside_->loop.run_until(inside_->loop.now() + Nanos::millis(10));
  inside_->wake.disarm();
  inside_->worker.drain(inside_->loop.now());
  const std::size_t held = inside_->io.packets_held();
  if (held > 0)
    inside_->witness.blame(inside_->loop.now(), std::to_string(held) + " packets never given back");
  inside_->witness.finish(inside_->loop.now());
}

const WorkerCounters& Box::counters() const noexcept { return inside_->worker.counters(); }

const Witness& Box::witness() const noexcept { return inside_->witness; }

bool Box::server_half(HalfFlowRow& row) const {
  FlowDirectory& flows = inside_->worker.flows();
  const std::uint32_t first = flows.table().next_used(0);
  if (first >= flows.table().capacity()) return false;
  FlowRow whole;
  flows.describe(flows.table().at(first), inside_->loop.now(), whole);
  row = whole.halves[1];
  return true;
}

}  // namespace gimbal::sim
