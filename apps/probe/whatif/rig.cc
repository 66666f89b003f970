#include "probe/whatif/rig.h"

#include <sched.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace gimbal::probe::whatif {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

enum Place : std::size_t { server, middle, far, client };

struct End {
  const char* name;
  Place where;
};
constexpr std::array<std::pair<End, End>, 3> kCables{{{{"h0", server}, {"s0", middle}},
                                                      {{"m0", middle}, {"m1", far}},
                                                      {{"r0", far}, {"r1", client}}}};

/// The first and the last core this program may use: path and appliance apart where there are two.
std::pair<int, int> cores() {
  cpu_set_t set{};
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return {0, 0};
  std::vector<int> allowed;
  for (std::size_t core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &set)) allowed.push_back(static_cast<int>(core));
  return allowed.empty() ? std::pair{0, 0} : std::pair{allowed.front(), allowed.back()};
}

Result<bool> write_text(const std::string& path, const std::string& text) {
  std::ofstream out{path};
  out << text << '\n';
  if (!out.flush()) return Error{path, "cannot be written"};
  return true;
}

/// A file relative to here is not relative to the file that includes it.
std::string absolute_if_file(const std::string& scenario) {
  return fs::exists(scenario) ? fs::absolute(scenario).string() : scenario;
}

}  // namespace

Result<Programs> find_programs() {
  const fs::path self = fs::read_symlink("/proc/self/exe");
  const fs::path here = self.parent_path();
  const auto find = [&](const char* folder, const char* name) {
    const fs::path built = here.parent_path() / folder / name;
    return fs::exists(built) ? built : here / name;
  };
  const Programs programs{find("gimbal", "gimbal"), find("impair", "gimbal-impair"), self};
  for (const std::string& program : {programs.gimbal, programs.impair})
    if (!fs::exists(program))
      return Error{program, "is not there: build it, or install it beside gimbal-probe"};
  return programs;
}

std::string path_config(const RigPlan& plan, int core) {
  const json config{{"include", absolute_if_file(plan.scenario)},
                    {"ports", {{"a", {{"device", "iface:m1"}}}, {"b", {{"device", "iface:r0"}}}}},
                    {"workers", {{"cores", {core}}, {"idle", "sleep"}}},
                    {"memory", {{"hugepages", false}}},
                    {"control", {{"listen", "127.0.0.1:8481"}}},
                    {"seed", plan.seed},
                    {"truth_log", nullptr}};
  return config.dump(2);
}

std::string appliance_config(const RigPlan& plan, int core) {
  const json policy{{"mode", plan.mode}, {"custody", plan.custody}};
  const json config{
      {"ports", {{"lan", {{"device", "iface:s0"}}}, {"wan", {{"device", "iface:m0"}}}}},
      {"workers", {{"cores", {core}}, {"idle", "sleep"}}},
      {"memory", {{"hugepages", false}, {"packets", 65536}, {"flows", 65536}}},
      {"control", {{"listen", "127.0.0.1:8480"}}},
      {"policy", {{"default", policy}, {"rules", json::array()}}}};
  return config.dump(2);
}

Result<std::unique_ptr<Rig>> Rig::build(const Programs& programs, const RigPlan& plan) {
  std::unique_ptr<Rig> rig{new Rig{programs, plan}};
  for (const auto step :
       {&Rig::make_namespaces, &Rig::lay_cables, &Rig::introduce, &Rig::start_path}) {
    if (auto done = (rig.get()->*step)(); !done) return done.error();
  }
  auto boxed = plan.appliance ? rig->start_appliance() : rig->bridge();
  if (!boxed) return boxed.error();
  return rig;
}

Result<bool> Rig::make_namespaces() {
  for (const char* part : {"s", "m", "f", "c"}) {
    auto space = Namespace::create(part);
    if (!space) return space.error();
    spaces_.push_back(std::move(space.value()));
    auto set = spaces_.back().run({"sysctl", "-qw", "net.ipv4.tcp_no_metrics_save=1",
                                   "net.ipv4.ip_local_port_range=20000 60000",
                                   "net.ipv6.conf.all.disable_ipv6=1",
                                   "net.ipv6.conf.default.disable_ipv6=1"});
    if (!set) return set.error();
  }
  return true;
}

Result<bool> Rig::lay_cables() {
  std::string batch;
  for (const auto& [a, b] : kCables)
    batch += std::string{"link add "} + a.name + " netns " + spaces_[a.where].name() +
             " type veth peer name " + b.name + " netns " + spaces_[b.where].name() + "\n";
  if (auto laid = run_tool({"ip", "-batch", "-"}, batch); !laid) return laid.error();
  for (const auto& [a, b] : kCables)
    for (const End& end : {a, b}) {
      const Namespace& space = spaces_[end.where];
      // Frames as on a cable: no super-frames, checksums in place.
      auto set = space.run({"ethtool", "-K", end.name, "tx", "off", "rx", "off", "tso", "off",
                            "gso", "off", "gro", "off", "rxvlan", "off", "txvlan", "off"});
      if (!set) return set.error();
      auto up =
          space.ip({"link set lo up", std::string{"link set "} + end.name + " promisc on up"});
      if (!up) return up.error();
    }
  return true;
}

/// Addresses and permanent neighbours: a lost ARP would cost a second and say nothing of the path.
Result<bool> Rig::introduce() {
  const auto meet = [&](Place mine, const char* device, const char* address, Place theirs,
                        const char* far_device, const char* far_address) -> Result<bool> {
    auto mac =
        spaces_[theirs].run({"cat", std::string{"/sys/class/net/"} + far_device + "/address"});
    if (!mac) return mac.error();
    const std::string lladdr = mac.value().substr(0, mac.value().find('\n'));
    auto set = spaces_[mine].ip({std::string{"addr add "} + address + "/24 dev " + device,
                                 std::string{"neigh replace "} + far_address + " lladdr " + lladdr +
                                     " dev " + device + " nud permanent"});
    if (!set) return set.error();
    return true;
  };
  if (auto met = meet(server, "h0", kServer, client, "r1", kClient); !met) return met.error();
  return meet(client, "r1", kClient, server, "h0", kServer);
}

Result<bool> Rig::bridge() {
  // A wire does not speak: no snooping, no spanning tree.
  auto made = spaces_[middle].ip({"link add wire type bridge mcast_snooping 0 forward_delay 0",
                                  "link set s0 master wire", "link set m0 master wire",
                                  "link set wire up"});
  if (!made) return made.error();
  return true;
}

Result<bool> Rig::start(const Namespace& where, const Arguments& arguments,
                        const std::string& name) {
  auto child = Child::start(where.inside(arguments), file(name + ".log"));
  if (!child) return child.error();
  programs_running_.push_back(std::move(child.value()));
  return programs_running_.back().wait_ready(std::chrono::seconds{20});
}

Result<bool> Rig::start_path() {
  const std::string config = file("path.json");
  if (auto written = write_text(config, path_config(plan_, cores().first)); !written)
    return written.error();
  Arguments arguments{programs_.impair, "--config", config};
  for (const std::string& setting : plan_.settings) {
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  return start(spaces_[far], arguments, "impair");
}

Result<bool> Rig::start_appliance() {
  const std::string config = file("gimbal.json");
  if (auto written = write_text(config, appliance_config(plan_, cores().second)); !written)
    return written.error();
  return start(spaces_[middle], {programs_.gimbal, "--config", config}, "gimbal");
}

Result<bool> Rig::serve(const Arguments& arguments) {
  return start(spaces_[server], arguments, "server");
}

Result<int> Rig::run_client(const Arguments& arguments, const std::string& name,
                            std::chrono::seconds limit) {
  auto child = Child::start(spaces_[client].inside(arguments), file(name + ".log"));
  if (!child) return child.error();
  return child.value().wait(limit);
}

std::string Rig::tail_of(const std::string& name) const {
  return Child::tail_of_file(file(name + ".log"));
}

}  // namespace gimbal::probe::whatif
