#include "probe/bulk.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <variant>
#include <vector>

#include "probe/protocol.h"
#include "probe/report.h"
#include "probe/transfer.h"

namespace gimbal::probe {
namespace {

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
void run_flows(std::vector<Flow>& flows, Clock::time_point deadline, bool deadline_fails) {
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
  }
  for (Flow& flow : flows) {
    if (!flow.open) continue;
    reset_on_close(flow.fd.get());
    close_flow(flow, deadline_fails);
  }
}

/// Asks for the far end's trace; null when it cannot be had.
json fetch_report(const BulkPlan& plan, std::uint64_t id) {
  Request request;
  request.ask = Ask::report;
  request.id = id;
  const auto header = request.serialize();
  for (int attempt = 0; attempt < 20; ++attempt) {
    auto fd = connect_to(plan.server, std::chrono::seconds{10});
    if (!fd) return nullptr;
    if (::send(fd.value().get(), header.data(), header.size(), MSG_NOSIGNAL) < 0) return nullptr;
    std::string text;
    std::array<char, 65536> block{};
    pollfd wait{fd.value().get(), POLLIN, 0};
    while (::poll(&wait, 1, 10'000) == 1) {
      const ssize_t n = ::recv(fd.value().get(), block.data(), block.size(), 0);
      if (n <= 0) break;
      text.append(block.data(), static_cast<std::size_t>(n));
    }
    json report = json::parse(text, nullptr, false);
    if (report.is_object()) return report;
    ::usleep(100'000);  // The far end has not seen the flow's end yet.
  }
  return nullptr;
}

json describe_flow(const BulkPlan& plan, const Flow& flow) {
  const json near = std::visit([](const auto& end) { return describe(end); }, flow.end);
  const json far = fetch_report(plan, flow.request.id);
  return {{"sender", plan.upload ? near : far},
          {"receiver", plan.upload ? far : near},
          {"failed", flow.failed}};
}

json summarize(const BulkPlan& plan, json flows) {
  double goodput = 0;
  double rtt_us = 0;
  std::uint64_t retransmitted = 0;
  std::uint64_t samples = 0;
  bool complete = true;
  bool verified = true;
  for (const json& flow : flows) {
    const json& sender = flow["sender"];
    const json& receiver = flow["receiver"];
    if (!receiver.is_object()) {
      complete = verified = false;
      continue;
    }
    goodput += goodput_mbit(receiver);
    const auto received = receiver["received"].get<std::uint64_t>();
    complete =
        complete && !flow["failed"].get<bool>() && (plan.total == 0 || received == plan.total);
    verified = verified && receiver["verified"].get<bool>();
    if (!sender.is_object() || sender["t_ms"].empty()) continue;
    retransmitted += sender["retransmitted"].back().get<std::uint64_t>();
    for (const json& us : sender["rtt_us"]) rtt_us += us.get<double>(), ++samples;
  }
  return {{"workload", "bulk"},
          {"direction", plan.upload ? "upload" : "download"},
          {"cc", plan.congestion},
          {"goodput_mbit", goodput},
          {"rtt_ms", samples == 0 ? 0 : rtt_us * 1e-3 / static_cast<double>(samples)},
          {"retransmitted", retransmitted},
          {"complete", complete},
          {"verified", verified},
          {"flows", std::move(flows)}};
}

}  // namespace

Result<json> run_bulk(const BulkPlan& plan) {
  std::vector<Flow> flows;
  for (unsigned i = 0; i < plan.flows; ++i) {
    auto flow = open_flow(plan, i);
    if (!flow) return flow.error();
    flows.push_back(std::move(flow.value()));
  }
  const double seconds = plan.total != 0 ? plan.limit : plan.seconds;
  const auto span =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{seconds});
  run_flows(flows, Clock::now() + span, plan.total != 0);
  json described = json::array();
  for (const Flow& flow : flows) described.push_back(describe_flow(plan, flow));
  return summarize(plan, std::move(described));
}

}  // namespace gimbal::probe
