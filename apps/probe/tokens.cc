#include "probe/tokens.h"

#include <algorithm>

#include "probe/exchange_pool.h"
#include "probe/load_driver.h"
#include "probe/options.h"
#include "probe/size_model.h"

namespace gimbal::probe {

const char* const kTokensExamples =
    "ttft counts from when the request was due to the first token; inter_token between tokens;\n"
    "late_token against the first token plus the computing time since: a stall is charged to "
    "every\n"
    "token it delayed. stream_rate is of each stream,\n"
    "tokens_per_s of all together.\n"
    "Examples:\n"
    "  gimbal-probe tokens --connect 10.0.0.2:5201 --connections 200 --rate 10 --tokens 256\n"
    "      --first-token 80 --per-token 20 --duration 60\n"
    "  gimbal-probe tokens --local --connections 8 --tokens 64 --per-token 5 --requests 32";

namespace {

class Tokens final : public Workload, private Traffic {
 public:
  Tokens() {
    prompt_ = SizeModel::parse("lognormal:2000,32k").value();
    tokens_ = SizeModel::parse("128").value();
  }

  void add_options(CLI::App& command) override {
    add_option(command, "--prompt-bytes", prompt_, "of each prompt");
    add_option(command, "--tokens", tokens_, "in each answer (number or distribution)");
    add_option(command, "--token-bytes", token_bytes_, 1, 65536, "of each token's chunk");
    add_option(command, "--first-token", first_ms_, 0, 60'000,
               "ms the server computes before the first token");
    add_option(command, "--per-token", per_token_ms_, 0, 60'000,
               "ms it computes at each further one");
    add_load_options(command, load_);
  }

  Result<RunResult> run(const SocketAddress& server, ProgressLog& progress) override {
    LoadDriver driver{load_, *this, [&](EventLoop& loop, ExchangeListener& listener) {
                        return std::make_unique<ExchangePool>(loop, listener, server,
                                                              load_.connections, load_.congestion);
                      }};
    return driver.run(progress);
  }

 private:
  struct Stream {
    Clock::time_point first;
    Clock::time_point last;
  };

  Exchange next(Rng& rng) override {
    Exchange exchange;
    exchange.upload = prompt_.draw(rng);
    exchange.chunk = token_bytes_;
    exchange.chunks = static_cast<std::uint32_t>(std::max<std::uint64_t>(tokens_.draw(rng), 1));
    exchange.think_us = static_cast<std::uint32_t>(first_ms_ * 1e3);
    exchange.interval_us = static_cast<std::uint32_t>(per_token_ms_ * 1e3);
    return exchange;
  }

  void begin(Clock::time_point origin, std::uint32_t slots) override {
    streams_.resize(slots);
    ttft_.emplace("ttft", origin);
    inter_token_.emplace("inter_token", origin);
    late_.emplace("late_token", origin);
    rate_.emplace("stream_rate", origin, "tokens/s", 1e-3, false);
  }

  void on_chunk(std::uint32_t slot, const Call& call, std::uint32_t index,
                Clock::time_point now) override {
    Stream& stream = streams_[slot];
    if (index == 0) {
      stream.first = stream.last = now;
      ttft_->record(call.intended, now - call.intended);
      return;
    }
    // Tokens of a request that began in the warm-up count by their own time.
    const std::chrono::microseconds computed{std::uint64_t{call.exchange.interval_us} * index};
    inter_token_->record(now, now - stream.last);
    late_->record(now, now - stream.first - computed);
    stream.last = now;
  }

  void on_answer(std::uint32_t slot, const Call& call, Clock::time_point) override {
    const Stream& stream = streams_[slot];
    const double seconds = std::chrono::duration<double>(stream.last - stream.first).count();
    if (seconds > 0)
      rate_->record(call.intended,
                    static_cast<std::uint64_t>((call.exchange.chunks - 1) / seconds * 1e3));
  }

  void summarize(RunResult& result) const override {
    result.parameters.update({{"prompt_bytes", prompt_.text()},
                              {"tokens", tokens_.text()},
                              {"token_bytes", token_bytes_},
                              {"first_token_ms", first_ms_},
                              {"per_token_ms", per_token_ms_}});
    const std::uint64_t tokens = ttft_->count() + inter_token_->count();
    result.counters["tokens"] = tokens;
    if (result.seconds > 0)
      result.figures["tokens_per_s"] = static_cast<double>(tokens) / result.seconds;
    result.metrics.insert(result.metrics.begin(), {ttft_->finish(), inter_token_->finish(),
                                                   late_->finish(), rate_->finish()});
  }

  LoadOptions load_;
  SizeModel prompt_;
  SizeModel tokens_;
  std::uint64_t token_bytes_{200};
  double first_ms_{50};
  double per_token_ms_{20};
  std::vector<Stream> streams_;
  std::optional<Recorder> ttft_;
  std::optional<Recorder> inter_token_;
  std::optional<Recorder> late_;
  std::optional<Recorder> rate_;
};

}  // namespace

std::unique_ptr<Workload> make_tokens() { return std::make_unique<Tokens>(); }

}  // namespace gimbal::probe
