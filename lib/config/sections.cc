#include "config/sections.h"

#include <algorithm>
#include <array>

#include "config/address_text.h"

namespace gimbal {

namespace {

constexpr std::array<JsonReader::Choice<Idle>, 2> kIdles{
    {{"spin", Idle::spin}, {"sleep", Idle::sleep}}};

bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// DDDD:BB:DD.F, all hexadecimal but F, which is 0 to 7.
bool is_pci_address(std::string_view text) noexcept {
  constexpr std::string_view kShape = "hhhh:hh:hh.f";
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const char c = text[i];
    const bool fits = kShape[i] == 'h'   ? is_hex(c)
                      : kShape[i] == 'f' ? c >= '0' && c <= '7'
                                         : c == kShape[i];
    if (!fits) return false;
  }
  return true;
}

bool is_graph(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// Linux allows 15 bytes, no slash, no space (dev_valid_name).
bool is_interface_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 15 && is_graph(name) && name != "." && name != ".." &&
         name.find_first_of("/:") == std::string_view::npos;
}

/// What may stand behind NAME in "iface:NAME?driver=af_packet".
bool is_driver_choice(std::string_view option) noexcept {
  return option == "driver=automatic" || option == "driver=af_packet" || option == "driver=af_xdp";
}

void require_interface(const JsonReader& device, std::string_view name) {
  const std::size_t mark = name.find('?');
  if (!is_interface_name(name.substr(0, mark))) {
    device.fail_value("the name after 'iface:' must be an interface, 1 to 15 characters");
  } else if (mark != std::string_view::npos && !is_driver_choice(name.substr(mark + 1))) {
    device.fail_value("behind '?' must stand driver=automatic, driver=af_packet or driver=af_xdp");
  }
}

bool is_vdev(std::string_view text) noexcept {
  return text.substr(0, 4) == "net_" && is_graph(text);
}

}  // namespace

PortConfig read_port(const JsonReader& in) {
  constexpr std::string_view kInterface = "iface:";
  in.allow_only({"device"});
  const auto device = in.at("device");
  const PortConfig port{device.text(1, 256)};
  if (in.failed()) return port;
  if (port.device.substr(0, kInterface.size()) == kInterface) {
    require_interface(device, std::string_view{port.device}.substr(kInterface.size()));
  } else if (!is_pci_address(port.device) && !is_vdev(port.device)) {
    device.fail_value("must be iface:NAME, a PCI address such as 0000:3b:00.0, or net_... (vdev)");
  }
  return port;
}

void require_distinct(const JsonReader& first, const JsonReader& second) {
  if (first.failed() || first.raw() != second.raw()) return;
  second.at("device").fail_value("also " + first.path() + ".device: name another");
}

WorkersConfig read_workers(const JsonReader& in) {
  in.allow_only({"cores", "idle"});
  WorkersConfig workers;
  if (const auto idle = in.find("idle"))
    workers.idle = idle->choice(std::span<const JsonReader::Choice<Idle>>{kIdles});
  const auto cores = in.find("cores");
  if (!cores) return workers;
  workers.cores.clear();
  const auto count = cores->size(1, kMostWorkers);
  for (std::size_t i = 0; i < count; ++i) {
    const auto core = cores->at(i).integer(0U, kHighestCore);
    if (std::find(workers.cores.begin(), workers.cores.end(), core) != workers.cores.end())
      cores->at(i).fail_value("given twice: one worker per core");
    workers.cores.push_back(core);
  }
  return workers;
}

MemoryConfig read_memory(const JsonReader& in) {
  in.allow_only({"hugepages", "packets", "flows"});
  MemoryConfig memory;
  if (const auto hugepages = in.find("hugepages")) memory.hugepages = hugepages->boolean();
  if (const auto packets = in.find("packets"))
    memory.packets = packets->integer(kFewestPackets, kMostPackets);
  if (const auto flows = in.find("flows")) memory.flows = flows->integer(kFewestFlows, kMostFlows);
  return memory;
}

ControlConfig read_control(const JsonReader& in, ControlConfig defaults) {
  in.allow_only({"listen"});
  const auto listen = in.find("listen");
  if (!listen) return defaults;
  const auto text = listen->text(1, 64);
  if (in.failed()) return defaults;
  const auto parsed = parse_listen_address(text);
  if (!parsed) {
    listen->fail_value(parsed.error().what);
    return defaults;
  }
  return ControlConfig{parsed.value().address, parsed.value().port};
}

nlohmann::json describe(const PortConfig& port) { return {{"device", port.device}}; }

nlohmann::json describe(const WorkersConfig& workers) {
  return {{"cores", workers.cores}, {"idle", workers.idle == Idle::spin ? "spin" : "sleep"}};
}

nlohmann::json describe(const MemoryConfig& memory) {
  return {{"hugepages", memory.hugepages}, {"packets", memory.packets}, {"flows", memory.flows}};
}

nlohmann::json describe(const ControlConfig& control) {
  return {{"listen", to_text(ListenAddress{control.address, control.port})}};
}

}  // namespace gimbal
