// Writes a capture of a simulated transfer as taken where the appliance would stand.
//   make_capture PROFILE SEED MILLISECONDS OUT.pcap
#include <cstdio>
#include <cstdlib>
#include <string>

#include "io_pcap/pcap_file.h"
#include "sim/scenario.h"

int main(int argc, char** argv) {
  using namespace gimbal;
  if (argc != 5) {
    std::fputs("usage: make_capture PROFILE SEED MILLISECONDS OUT.pcap\n", stderr);
    return 2;
  }
  const auto profile = sim::find_profile(argv[1]);
  auto writer = PcapWriter::create(argv[4]);
  if (!profile || !writer) {
    std::fputs("make_capture: no such profile, or the output cannot be written\n", stderr);
    return 2;
  }
  sim::Scenario scenario;
  scenario.profile = *profile;
  scenario.seed = std::strtoull(argv[2], nullptr, 10);
  scenario.lasts = Nanos::millis(std::atoi(argv[3]));
  // A date far from zero, as real captures have.
  const Instant epoch = Instant{} + Nanos::seconds(1'700'000'000);
  scenario.tap = [&](PortId, const sim::Frame& frame, Instant now) {
    writer.value().write(epoch + (now - Instant{}), frame);
  };
  static_cast<void>(sim::run(scenario));
  return writer.value().flush() ? 0 : 1;
}
