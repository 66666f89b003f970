#include "probe/shards.h"

#include "probe/options.h"
#include "probe/step_driver.h"

namespace gimbal::probe {

const char* const kShardsExamples =
    "A step ends when every pair has exchanged --bytes in both directions. `split` places half of\n"
    "the shards at each end, so that (N/2)^2 pairs cross the path; with `every`, all N(N-1)/2 do.\n"
    "Examples:\n"
    "  gimbal-probe shards --connect 10.0.0.2:5201 --shards 16 --bytes 65536 --rounds 200\n"
    "  gimbal-probe shards --local --shards 8 --placement every --rate 50 --duration 10";

namespace {

class Shards final : public Workload {
 public:
  Shards() { load_.duration = 0; }

  void add_options(CLI::App& command) override {
    add_option(command, "--shards", shards_, 2, 256, "taking part");
    add_option(command, "--bytes", bytes_, 1, 1 << 30, "from each shard to each other, per step");
    add_choice(command, "--placement", every_, "split", "every", "split (default) or every");
    add_step_options(command, load_, rounds_);
  }

  Result<RunResult> run(const SocketAddress& server, ProgressLog& progress) override {
    const unsigned half = shards_ / 2;
    load_.connections = every_ ? shards_ * (shards_ - 1) / 2 : half * (shards_ - half);
    load_.count = load_.duration > 0 ? 0 : rounds_;
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
  std::uint64_t rounds_{100};
  unsigned shards_{8};
  std::uint64_t bytes_{65536};
  bool every_{false};
};

}  // namespace

std::unique_ptr<Workload> make_shards() { return std::make_unique<Shards>(); }

}  // namespace gimbal::probe
