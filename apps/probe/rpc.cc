#include "probe/rpc.h"

#include "probe/exchange_pool.h"
#include "probe/http2_pool.h"
#include "probe/load_driver.h"
#include "probe/options.h"
#include "probe/size_model.h"

namespace gimbal::probe {

const char* const kRpcExamples =
    "Latency of an open loop (--rate) counts from when a request was due, not from when it could\n"
    "be sent: a stall is charged to every request it delayed.\n"
    "Examples:\n"
    "  gimbal-probe rpc --connect 10.0.0.2:5201 --connections 64 --rate 2000 --duration 30\n"
    "  gimbal-probe rpc --connect 10.0.0.2:5201 --http2 --connections 4 --streams 25 --rate 500\n"
    "  gimbal-probe rpc --local --request-bytes 200 --answer-bytes uniform:100-2k --requests 10000";

const char* const kUplinkExamples =
    "Examples:\n"
    "  gimbal-probe uplink --connect 10.0.0.2:5201 --connections 8 --rate 20 --duration 30\n"
    "      --upload-bytes lognormal:500k,3M --require 'uplink.p99<2s'\n"
    "  gimbal-probe uplink --local --upload-bytes 1M --requests 100";

namespace {

SizeModel size(const char* text) { return SizeModel::parse(text).value(); }

/// One request, one answer: `rpc` and `uplink` differ in the names and sizes of the two.
class RequestAnswer final : public Workload, private Traffic {
 public:
  struct Form {
    const char* request_option;
    const char* request_help;
    SizeModel request;
    SizeModel answer;
    unsigned connections;
    bool shows_upload_rate;
  };

  explicit RequestAnswer(Form form) : form_{std::move(form)} {
    load_.connections = form_.connections;
  }

  void add_options(CLI::App& command) override {
    add_option(command, form_.request_option, form_.request, form_.request_help);
    add_option(command, "--answer-bytes", form_.answer, "of each answer");
    add_option(command, "--compute", compute_ms_, 0, 60'000,
               "ms the server computes before each answer");
    add_flag(command, "--http2", http2_, "as gRPC-shaped streams over HTTP/2");
    add_option(command, "--streams", streams_, 1, 1000, "at once on each HTTP/2 connection");
    needs(command, "--streams", "--http2");
    add_load_options(command, load_);
  }

  Result<RunResult> run(const SocketAddress& server, ProgressLog& progress) override {
    LoadDriver driver{load_, *this, [&](EventLoop& loop, ExchangeListener& listener) {
                        return make_pool(loop, listener, server);
                      }};
    return driver.run(progress);
  }

 private:
  [[nodiscard]] std::unique_ptr<CallPool> make_pool(EventLoop& loop, ExchangeListener& listener,
                                                    const SocketAddress& server) const {
    if (http2_)
      return std::make_unique<Http2Pool>(loop, listener, server, load_.connections, streams_,
                                         load_.congestion);
    return std::make_unique<ExchangePool>(loop, listener, server, load_.connections,
                                          load_.congestion);
  }

  Exchange next(Rng& rng) override {
    Exchange exchange;
    exchange.upload = form_.request.draw(rng);
    exchange.chunk = form_.answer.draw(rng);
    exchange.think_us = static_cast<std::uint32_t>(compute_ms_ * 1e3);
    return exchange;
  }

  void begin(Clock::time_point origin, std::uint32_t) override {
    rate_.emplace("upload_rate", origin, "Mbit/s", 1e-6, false);
  }

  void on_answer(std::uint32_t, const Call& call, Clock::time_point now) override {
    const double seconds = std::chrono::duration<double>(now - call.intended).count();
    const double bits = static_cast<double>(call.exchange.upload) * 8;
    if (seconds > 0) rate_->record(call.intended, static_cast<std::uint64_t>(bits / seconds));
  }

  void summarize(RunResult& result) const override {
    result.parameters["request_bytes"] = form_.request.text();
    result.parameters["answer_bytes"] = form_.answer.text();
    if (compute_ms_ > 0) result.parameters["compute_ms"] = compute_ms_;
    if (form_.shows_upload_rate) result.metrics.push_back(rate_->finish());
  }

  Form form_;
  LoadOptions load_;
  double compute_ms_{0};
  bool http2_{false};
  unsigned streams_{10};
  std::optional<Recorder> rate_;
};

}  // namespace

std::unique_ptr<Workload> make_rpc() {
  return std::make_unique<RequestAnswer>(
      RequestAnswer::Form{"--request-bytes", "of each request", size("lognormal:1530,196k"),
                          size("lognormal:315,563k"), 16, false});
}

std::unique_ptr<Workload> make_uplink() {
  return std::make_unique<RequestAnswer>(
      RequestAnswer::Form{"--upload-bytes", "of each image with its prompt",
                          size("lognormal:500k,3M"), size("1000"), 8, true});
}

}  // namespace gimbal::probe
