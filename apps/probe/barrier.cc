#include "probe/barrier.h"

#include "probe/options.h"
#include "probe/step_driver.h"

namespace gimbal::probe {

const char* const kBarrierExamples =
    "A step asks for --bytes on each of --reads connections at once and ends with the last "
    "answer.\n"
    "Examples:\n"
    "  gimbal-probe barrier --connect 10.0.0.2:5201 --reads 100 --bytes 4000 --rounds 300\n"
    "      --require 'barrier.p99<60ms'\n"
    "  gimbal-probe barrier --local --reads 5000 --rounds 20";

namespace {

class Barrier final : public Workload {
 public:
  Barrier() {
    load_.connections = 100;
    load_.duration = 0;
  }

  void add_options(CLI::App& command) override {
    add_option(command, "--reads", load_.connections, 1, 100'000, "connections");
    add_option(command, "--bytes", bytes_, 1, 1 << 30, "of each answer");
    add_option(command, "--compute", compute_ms_, 0, 60'000,
               "ms the server computes before each answer");
    add_step_options(command, load_, rounds_);
  }

  Result<RunResult> run(const SocketAddress& server, ProgressLog& progress) override {
    load_.count = load_.duration > 0 ? 0 : rounds_;
    StepDriver driver{server, load_, "read"};
    Exchange read;
    read.chunk = bytes_;
    read.think_us = static_cast<std::uint32_t>(compute_ms_ * 1e3);
    auto ran = driver.run([&](std::uint32_t) { return read; }, progress);
    if (ran) describe_run(ran.value(), driver.steps());
    return ran;
  }

 private:
  void describe_run(RunResult& result, const std::vector<Clock::duration>& steps) const {
    describe(load_, result.parameters);
    result.parameters.erase("connections");
    result.parameters.erase("requests");
    result.parameters.update({{"reads", load_.connections}, {"bytes", bytes_}});
    if (load_.count != 0) result.parameters["rounds"] = load_.count;
    if (compute_ms_ > 0) result.parameters["compute_ms"] = compute_ms_;
    const Metric& step = result.metrics.front();
    result.extra = {{"reads", load_.connections},
                    {"bytes", bytes_},
                    {"cc", load_.congestion},
                    {"count", step.histogram.count()},
                    {"max_ms", step.max()}};
    for (const auto& [name, q] : kQuantiles)
      result.extra[std::string{name} + "_ms"] = step.quantile(q);
    auto rounds_ms = nlohmann::json::array();
    for (const Clock::duration took : steps)
      rounds_ms.push_back(std::chrono::duration<double, std::milli>(took).count());
    result.extra["rounds_ms"] = std::move(rounds_ms);
  }

  LoadOptions load_;
  std::uint64_t rounds_{300};
  std::uint64_t bytes_{4000};
  double compute_ms_{0};
};

}  // namespace

std::unique_ptr<Workload> make_barrier() { return std::make_unique<Barrier>(); }

}  // namespace gimbal::probe
