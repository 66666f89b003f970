#include "io_pcap/pcap_file.h"

#include <pcap/pcap.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace gimbal {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr int kLargestFrame = 262'144;

struct PcapCloser {
  void operator()(pcap_t* pcap) const noexcept { pcap_close(pcap); }
};
struct DumperCloser {
  void operator()(pcap_dumper_t* dumper) const noexcept { pcap_dump_close(dumper); }
};

}  // namespace

struct PcapReader::State {
  std::unique_ptr<pcap_t, PcapCloser> pcap;
  std::string damage;
};

PcapReader::PcapReader(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
PcapReader::PcapReader(PcapReader&&) noexcept = default;
PcapReader& PcapReader::operator=(PcapReader&&) noexcept = default;
PcapReader::~PcapReader() = default;

Result<PcapReader> PcapReader::open(const std::string& path) {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  auto state = std::make_unique<State>();
  state->pcap.reset(pcap_open_offline_with_tstamp_precision(
      path.c_str(), PCAP_TSTAMP_PRECISION_NANO, why.data()));
  if (!state->pcap) return Error{path, why.data()};
  if (pcap_datalink(state->pcap.get()) != DLT_EN10MB)
    return Error{path, "not an Ethernet capture; capture on one interface, not on 'any'"};
  return PcapReader{std::move(state)};
}

std::optional<CapturedFrame> PcapReader::next() {
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  const int outcome = pcap_next_ex(state_->pcap.get(), &header, &data);
  if (outcome == PCAP_ERROR) state_->damage = pcap_geterr(state_->pcap.get());
  if (outcome != 1) return std::nullopt;
  // With nanosecond precision asked for, tv_usec holds nanoseconds.
  const Instant at{static_cast<std::int64_t>(header->ts.tv_sec) * kNanosPerSecond +
                   static_cast<std::int64_t>(header->ts.tv_usec)};
  return CapturedFrame{at, {reinterpret_cast<const std::byte*>(data), header->caplen}, header->len};
}

const std::string& PcapReader::damage() const noexcept { return state_->damage; }

struct PcapWriter::State {
  std::unique_ptr<pcap_t, PcapCloser> pcap;
  std::unique_ptr<pcap_dumper_t, DumperCloser> dumper;
};

PcapWriter::PcapWriter(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
PcapWriter::PcapWriter(PcapWriter&&) noexcept = default;
PcapWriter& PcapWriter::operator=(PcapWriter&&) noexcept = default;
PcapWriter::~PcapWriter() = default;

Result<PcapWriter> PcapWriter::create(const std::string& path) {
  auto state = std::make_unique<State>();
  state->pcap.reset(
      pcap_open_dead_with_tstamp_precision(DLT_EN10MB, kLargestFrame, PCAP_TSTAMP_PRECISION_NANO));
  if (!state->pcap) return Error{path, "no memory for a capture"};
  state->dumper.reset(pcap_dump_open(state->pcap.get(), path.c_str()));
  if (!state->dumper) return Error{path, std::string{"cannot be written: "} + std::strerror(errno)};
  return PcapWriter{std::move(state)};
}

void PcapWriter::write(Instant at, std::span<const std::byte> frame) {
  pcap_pkthdr header{};
  header.ts.tv_sec = at.ns() / kNanosPerSecond;
  header.ts.tv_usec = at.ns() % kNanosPerSecond;
  header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
  pcap_dump(reinterpret_cast<u_char*>(state_->dumper.get()), &header,
            reinterpret_cast<const u_char*>(frame.data()));
}

bool PcapWriter::flush() {
  return pcap_dump_flush(state_->dumper.get()) == 0 &&
         std::ferror(pcap_dump_file(state_->dumper.get())) == 0;
}

}  // namespace gimbal
