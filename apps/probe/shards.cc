#include "probe/shards.h"

#include <CLI/CLI.hpp>
#include <map>

#include "probe/step_driver.h"

namespace gimbal::probe {

const char* const kShardsExamples =
    "A step ends when every pair has exchanged --bytes in both directions. `split` places half of\n"
    "the shards at each end, so that (N/2)^2 pairs cross the path; with `every`, all N(N-1)/2 do.\n"
    "Examples:\n"
    "  gimbal-probe shards --connect 10.0.0.2:5201 --shards 16 --bytes 64k --rounds 200\n"
    "  gimbal-probe shards --local --shards 8 --placement every --rate 50 --duration 10";

namespace {

class Shards final : public Workload {
 public:
  Shards() { load_.count = 100; }

  void add_options(CLI::App& command) override {
    command.add_option("--shards", shards_, "taking part")->check(CLI::Range(2, 256));
    command.add_option("--bytes", bytes_, "from each shard to each other, per step (64k: 65536)")
        ->transform(CLI::AsSizeValue(false))
        ->check(CLI::Range(1, 1 << 30));
    command.add_option("--placement", every_, "split (default) or every")
        ->transform(CLI::CheckedTransformer(
            std::map<std::string, bool>{{"split", false}, {"every", true}}));
    auto* rounds = command.add_option("--rounds", load_.count, "steps (default 100)");
    rounds->check(CLI::Range(1, 1 << 24));
    add_pace_options(command, load_);
    command.get_option("--duration")->excludes(rounds)->each([this](const std::string&) {
      load_.count = 0;
    });
  }

  Result<RunResult> run(const SocketAddress& server, ProgressLog& progress) override {
    const unsigned half = shards_ / 2;
    load_.connections = every_ ? shards_ * (shards_ - 1) / 2 : half * (shards_ - half);
    StepDriver driver{server, load_, "pair"};
    Exchange pair;
    pair.upload = pair.chunk = bytes_;
    pair.duplex = true;
    auto ran = driver.run([&](std::uint32_t) { return pair; }, progress);
    if (!ran) return ran;
    RunResult& result = ran.value();
    describe(load_, result.parameters);
    result.parameters.update(
        {{"shards", shards_}, {"bytes", bytes_}, {"placement", every_ ? "every" : "split"}});
    return ran;
  }

 private:
  LoadOptions load_;
  unsigned shards_{8};
  std::uint64_t bytes_{65536};
  bool every_{false};
};

}  // namespace

std::unique_ptr<Workload> make_shards() { return std::make_unique<Shards>(); }

}  // namespace gimbal::probe
