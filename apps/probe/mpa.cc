#include "probe/mpa.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <optional>
#include <vector>

#include "probe/arrivals.h"
#include "probe/load_options.h"
#include "probe/mpa_connection.h"
#include "probe/recorder.h"

namespace gimbal::probe {

const char* const kMpaExamples =
    "Each request and each answer is one FPDU with its CRC32c; both ends compare every byte.\n"
    "Examples:\n"
    "  gimbal-probe mpa --connect 10.0.0.2:5201 --bytes 64 --answer 4096 --depth 8\n"
    "  gimbal-probe mpa --connect 10.0.0.2:5201 --markers --rate 2000 --require "
    "'mpa.fpdu.p99.9<5ms'";

namespace {

constexpr std::chrono::milliseconds kOpenLimit{10'000};

class Mpa final : public Workload {
 public:
  Mpa() { load_.connections = 1; }
  void add_options(CLI::App& command) override;
  Result<RunResult> run(const SocketAddress& server, ProgressLog& progress) override;

 private:
  Result<bool> open_all(const SocketAddress& server);
  Result<bool> drive(ProgressLog& progress);
  void ask_closed(Clock::time_point now, Clock::time_point end);
  void ask_due(Clock::time_point now, Clock::time_point end);
  [[nodiscard]] bool enough(Clock::time_point now, Clock::time_point end) const;
  [[nodiscard]] std::size_t pending() const;
  [[nodiscard]] Result<bool> check(Clock::time_point now) const;
  [[nodiscard]] RunResult summarize(Clock::time_point ended) const;

  MpaShape shape_;
  bool no_crc_{false};
  unsigned depth_{1};
  LoadOptions load_;

  EventLoop loop_;
  std::vector<std::unique_ptr<MpaConnection>> connections_;
  Clock::time_point origin_;
  std::optional<Recorder> latency_;
  std::optional<Arrivals> arrivals_;
  std::optional<Clock::time_point> due_;
  std::uint64_t asked_{0};
  std::uint64_t answered_{0};
  std::uint64_t counted_{0};
  std::uint64_t mismatches_{0};
};

void Mpa::add_options(CLI::App& command) {
  const CLI::Range size{MpaMessage::kHeadSize, kMpaMaxUlpdu};
  command.add_option("--bytes", shape_.request_bytes, "ULPDU of a request (default 64)")
      ->check(size);
  command.add_option("--answer", shape_.answer_bytes, "ULPDU of an answer (default 1400)")
      ->check(size);
  command.add_option("--depth", depth_, "closed loop: requests under way on a connection")
      ->check(CLI::Range(1, 65'536));
  command.add_flag("--markers", shape_.options.markers, "a marker every 512 bytes, both ways");
  command.add_flag("--no-crc", no_crc_, "send no CRC32c and check none");
  add_load_options(command, load_);
}

Result<bool> Mpa::open_all(const SocketAddress& server) {
  for (unsigned i = 0; i < load_.connections; ++i) {
    connections_.push_back(std::make_unique<MpaConnection>(
        loop_, shape_, load_.seed + i,
        [this](Clock::time_point intended, Clock::time_point now, bool right) {
          ++answered_;
          if (intended >= origin_) ++counted_;
          if (!right) ++mismatches_;
          latency_->record(intended, now - intended);
        }));
    if (auto opened = connections_.back()->open(server, kOpenLimit); !opened) return opened;
  }
  return true;
}

std::size_t Mpa::pending() const {
  std::size_t sum = 0;
  for (const auto& connection : connections_) sum += connection->pending();
  return sum;
}

bool Mpa::enough(Clock::time_point now, Clock::time_point end) const {
  return load_.count != 0 ? asked_ >= load_.count : now >= end;
}

void Mpa::ask_closed(Clock::time_point now, Clock::time_point end) {
  for (const auto& connection : connections_)
    while (connection->pending() < depth_ && connection->failure().empty() && !enough(now, end)) {
      connection->ask(Clock::now());
      ++asked_;
    }
}

void Mpa::ask_due(Clock::time_point now, Clock::time_point end) {
  while (*due_ <= now && !enough(*due_, end)) {
    MpaConnection& connection = *connections_[asked_ % connections_.size()];
    if (!connection.failure().empty()) return;
    connection.ask(*due_);
    ++asked_;
    due_ = arrivals_->next();
  }
}

Result<bool> Mpa::check(Clock::time_point now) const {
  for (const auto& connection : connections_) {
    if (!connection->failure().empty()) return Error{"mpa", connection->failure()};
    if (connection->pending() > 0 && now - connection->oldest() > to_duration(load_.limit))
      return Error{"--limit " + std::to_string(load_.limit), "an answer took longer"};
  }
  return true;
}

Result<bool> Mpa::drive(ProgressLog& progress) {
  const Clock::time_point start = Clock::now();
  const Clock::time_point end = origin_ + to_duration(load_.duration);
  if (load_.open_loop()) {
    arrivals_.emplace(start, load_.rate, load_.poisson, load_.seed);
    due_ = arrivals_->next();
  }
  for (;;) {
    const Clock::time_point now = Clock::now();
    if (auto well = check(now); !well) return well;
    if (stop_requested() || (enough(due_ ? *due_ : now, end) && pending() == 0)) return true;
    if (due_)
      ask_due(now, end);
    else
      ask_closed(now, end);
    const bool more = due_ && !enough(*due_, end);
    const Clock::duration most = std::chrono::milliseconds{50};
    loop_.turn(more ? std::min(most, std::max(Clock::duration{}, *due_ - Clock::now())) : most);
    if (load_.count != 0)
      progress.show(now, "FPDUs", static_cast<double>(answered_), static_cast<double>(load_.count));
    else
      progress.show(now, "seconds", std::floor(std::chrono::duration<double>(now - start).count()),
                    load_.warmup + load_.duration);
  }
}

RunResult Mpa::summarize(Clock::time_point ended) const {
  RunResult result;
  result.seconds = std::chrono::duration<double>(ended - origin_).count();
  describe(load_, result.parameters);
  result.parameters["bytes"] = shape_.request_bytes;
  result.parameters["answer"] = shape_.answer_bytes;
  result.parameters["markers"] = shape_.options.markers;
  result.parameters["crc"] = shape_.options.crc;
  if (!load_.open_loop()) result.parameters["depth"] = depth_;
  result.metrics.push_back(latency_->finish());
  result.counters["connections"] = connections_.size();
  result.counters["fpdus_sent"] = asked_;
  result.counters["fpdus_received"] = answered_;
  result.counters["errors"] = asked_ - answered_;
  result.counters["mismatches"] = mismatches_;
  std::uint64_t markers = 0;
  for (const auto& connection : connections_) markers += connection->markers();
  if (shape_.options.markers) result.counters["markers_checked"] = markers;
  if (result.seconds > 0) {
    const double rate = static_cast<double>(counted_) / result.seconds;
    result.figures["fpdus_per_s"] = rate;
    result.figures["goodput_mbit"] = rate * static_cast<double>(shape_.answer_bytes) * 8e-6;
    result.figures["upload_mbit"] = rate * static_cast<double>(shape_.request_bytes) * 8e-6;
  }
  return result;
}

Result<RunResult> Mpa::run(const SocketAddress& server, ProgressLog& progress) {
  shape_.options.crc = !no_crc_;
  shape_.congestion = load_.congestion;
  if (auto room = reserve_descriptors(load_.connections); !room) return room.error();
  if (auto opened = open_all(server); !opened) return opened.error();
  origin_ = Clock::now() + to_duration(load_.warmup);
  latency_.emplace("fpdu", origin_);
  if (auto driven = drive(progress); !driven) return driven.error();
  return summarize(Clock::now());
}

}  // namespace

std::unique_ptr<Workload> make_mpa() { return std::make_unique<Mpa>(); }

}  // namespace gimbal::probe
