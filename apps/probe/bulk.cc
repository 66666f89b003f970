#include "probe/bulk.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <variant>
#include <vector>

#include "probe/fetch_report.h"
#include "probe/options.h"
#include "probe/protocol.h"
#include "probe/report.h"
#include "probe/transfer.h"

namespace gimbal::probe {

const char* const kBulkExamples =
    "Examples:\n"
    "  gimbal-probe bulk --connect 10.0.0.2:5201 --seconds 10 --cc cubic --json run.json\n"
    "  gimbal-probe bulk --connect [fd00::2]:5201 --upload --total 50000000 --verify";

namespace {

/// What the options say.
struct BulkPlan {
  SocketAddress server;
  bool upload{false};  ///< Client sends; otherwise the server does.
  double seconds{10};  ///< Ignored when `total` is given.
  std::uint64_t total{0};
  unsigned flows{1};
  bool verify{false};  ///< Compare every byte received.
  std::uint64_t seed{1};
  std::string congestion;  ///< Of the sending end.
  double limit{300};       ///< Seconds after which a transfer by `total` has failed.
};

using nlohmann::json;

struct Flow {
  Fd fd;
  Request request;
  std::variant<Source, Sink> end;
  bool open{true};
  bool drained{false};  ///< An upload has sent all; the server closes when it has read all.
  bool failed{false};
};

Result<Flow> open_flow(const BulkPlan& plan, unsigned index) {
  auto fd = connect_to(plan.server, std::chrono::seconds{10});
  if (!fd) return fd.error();
  if (auto set = set_congestion(fd.value().get(), plan.congestion); !set) return set.error();
  Request request;
  request.ask = plan.upload ? Ask::sink : Ask::source;
  request.bytes = plan.total;
  request.seed = plan.seed + index;
  request.id = (static_cast<std::uint64_t>(Clock::now().time_since_epoch().count()) << 12) ^ index;
  request.congestion = plan.congestion;
  const auto header = request.serialize();
  if (::send(fd.value().get(), header.data(), header.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(header.size()))
    return Error{"bulk", "the request could not be sent"};
  const auto now = Clock::now();
  if (plan.upload)
    return Flow{std::move(fd.value()), request, Source{request.seed, plan.total, now}};
  return Flow{std::move(fd.value()), request, Sink{request.seed, plan.verify, now}};
}

Progress advance(Flow& flow) {
  if (auto* sink = std::get_if<Sink>(&flow.end)) return sink->drain(flow.fd.get());
  if (flow.drained) {
    std::byte nothing{};
    const ssize_t n = ::recv(flow.fd.get(), &nothing, 1, 0);
    if (n == 0) return Progress::done;
    return errno == EAGAIN || errno == EINTR ? Progress::waiting : Progress::failed;
  }
  const Progress progress = std::get<Source>(flow.end).pump(flow.fd.get());
  if (progress != Progress::done) return progress;
  ::shutdown(flow.fd.get(), SHUT_WR);
  flow.drained = true;
  return Progress::waiting;
}

void sample(Flow& flow, Clock::time_point now) {
  if (auto* sink = std::get_if<Sink>(&flow.end))
    sink->sample(now);
  else
    std::get<Source>(flow.end).sample(flow.fd.get(), now);
}

void close_flow(Flow& flow, bool failed) {
  if (auto* sink = std::get_if<Sink>(&flow.end))
    sink->finish(Clock::now());
  else
    std::get<Source>(flow.end).finish(flow.fd.get(), Clock::now());
  flow.open = false;
  flow.failed = failed;
  flow.fd.close();
}

/// Runs all flows to their end or to `deadline`; then those still open are reset.
void run_flows(std::vector<Flow>& flows, Clock::time_point deadline, bool deadline_fails,
               ProgressLog& log) {
  const Clock::time_point start = Clock::now();
  const Fd poll{::epoll_create1(0)};
  const auto watch = [&](std::uint32_t i, std::uint32_t what, int operation) {
    epoll_event event{};
    event.events = what;
    event.data.u32 = i;
    ::epoll_ctl(poll.get(), operation, flows[i].fd.get(), &event);
  };
  for (std::uint32_t i = 0; i < flows.size(); ++i)
    watch(i, std::holds_alternative<Sink>(flows[i].end) ? EPOLLIN : EPOLLOUT, EPOLL_CTL_ADD);
  std::size_t open = flows.size();
  std::array<epoll_event, 256> events{};
  while (open > 0 && Clock::now() < deadline && !stop_requested()) {
    const int n = ::epoll_wait(poll.get(), events.data(), events.size(), 10);
    for (int e = 0; e < n; ++e) {
      const std::uint32_t i = events[static_cast<std::size_t>(e)].data.u32;
      Flow& flow = flows[i];
      if (!flow.open) continue;
      const bool was_drained = flow.drained;
      const Progress progress = advance(flow);
      if (flow.drained && !was_drained) watch(i, EPOLLIN, EPOLL_CTL_MOD);
      if (progress == Progress::waiting) continue;
      close_flow(flow, progress == Progress::failed);
      --open;
    }
    const auto now = Clock::now();
    for (Flow& flow : flows)
      if (flow.open) sample(flow, now);
    log.show(now, "seconds", std::chrono::duration<double>(now - start).count(), 0);
  }
  for (Flow& flow : flows) {
    if (!flow.open) continue;
    reset_on_close(flow.fd.get());
    close_flow(flow, deadline_fails);
  }
}

json describe_flow(const BulkPlan& plan, const Flow& flow) {
  const json near = std::visit([](const auto& end) { return describe(end); }, flow.end);
  const json far = fetch_report(plan.server, flow.request.id);
  return {{"sender", plan.upload ? near : far},
          {"receiver", plan.upload ? far : near},
          {"failed", flow.failed}};
}

/// Adds one flow's part to the result.
void add_flow(RunResult& result, const BulkPlan& plan, const json& flow, std::uint64_t& samples) {
  const json& sender = flow["sender"];
  const json& receiver = flow["receiver"];
  if (!receiver.is_object()) {
    ++result.counters["errors"];
    return;
  }
  const auto received = receiver["received"].get<std::uint64_t>();
  result.figures["goodput_mbit"] += goodput_mbit(receiver);
  result.counters["bytes_received"] += received;
  if (flow["failed"].get<bool>() || (plan.total != 0 && received != plan.total))
    ++result.counters["errors"];
  if (receiver.contains("mismatch_offset")) ++result.counters["mismatches"];
  if (!sender.is_object() || sender["t_ms"].empty()) return;
  result.counters["bytes_sent"] += sender["sent"].get<std::uint64_t>();
  result.counters["retransmitted"] += sender["retransmitted"].back().get<std::uint64_t>();
  for (const json& us : sender["rtt_us"])
    result.figures["rtt_ms"] += us.get<double>() * 1e-3, ++samples;
}

RunResult summarize(const BulkPlan& plan, json flows) {
  RunResult result;
  result.parameters = {{"direction", plan.upload ? "upload" : "download"},
                       {"flows", plan.flows},
                       {"cc", plan.congestion},
                       {"seed", plan.seed}};
  result.parameters[plan.total != 0 ? "total" : "seconds"] =
      plan.total != 0 ? json(plan.total) : json(plan.seconds);
  result.counters["connections"] = plan.flows;
  result.counters["retransmitted"] = 0;
  result.figures = {{"goodput_mbit", 0}, {"rtt_ms", 0}};
  std::uint64_t samples = 0;
  bool verified = true;
  for (const json& flow : flows) {
    add_flow(result, plan, flow, samples);
    verified = verified && flow["receiver"].is_object() && flow["receiver"]["verified"].get<bool>();
  }
  if (samples > 0) result.figures["rtt_ms"] /= static_cast<double>(samples);
  result.extra = {{"direction", result.parameters["direction"]},
                  {"cc", plan.congestion},
                  {"goodput_mbit", result.figures["goodput_mbit"]},
                  {"rtt_ms", result.figures["rtt_ms"]},
                  {"retransmitted", result.counters["retransmitted"]},
                  {"complete", result.counters["errors"] == 0},
                  {"verified", verified},
                  {"flows", std::move(flows)}};
  return result;
}

class Bulk final : public Workload {
 public:
  void add_options(CLI::App& command) override {
    add_flag(command, "--upload", plan_.upload, "the client sends (default: the server)");
    add_option(command, "--seconds", plan_.seconds, 0.1, 86400, "duration");
    add_option(command, "--total", plan_.total, 0, std::uint64_t{1} << 50,
               "bytes of each flow, instead of a duration");
    add_option(command, "--limit", plan_.limit, 0.1, 86400,
               "seconds a transfer by --total may take");
    add_option(command, "--flows", plan_.flows, 1, 1000, "how many at once");
    add_option(command, "--seed", plan_.seed, 0, UINT64_MAX, "of the content");
    add_flag(command, "--verify", plan_.verify, "compare every byte received");
    add_option(command, "--cc", plan_.congestion, "congestion control of the sockets");
  }

  Result<RunResult> run(const SocketAddress& server, ProgressLog& progress) override {
    plan_.server = server;
    std::vector<Flow> flows;
    for (unsigned i = 0; i < plan_.flows; ++i) {
      auto flow = open_flow(plan_, i);
      if (!flow) return flow.error();
      flows.push_back(std::move(flow.value()));
    }
    const auto start = Clock::now();
    const double seconds = plan_.total != 0 ? plan_.limit : plan_.seconds;
    const auto span =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{seconds});
    run_flows(flows, start + span, plan_.total != 0, progress);
    const auto end = Clock::now();
    json described = json::array();
    for (const Flow& flow : flows) described.push_back(describe_flow(plan_, flow));
    RunResult result = summarize(plan_, std::move(described));
    result.seconds = std::chrono::duration<double>(end - start).count();
    return result;
  }

 private:
  BulkPlan plan_;
};

}  // namespace

std::unique_ptr<Workload> make_bulk() { return std::make_unique<Bulk>(); }

}  // namespace gimbal::probe
