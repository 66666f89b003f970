#pragma once

#include <memory>
#include <string>
#include <vector>

#include "probe/whatif/child.h"
#include "probe/whatif/namespaces.h"

namespace gimbal::probe::whatif {

/// The programs of this build.
struct Programs {
  std::string gimbal;
  std::string impair;
  std::string probe;
};

/// Beside this program, as the build lays them out, or as installed: all in one folder. Fails with
/// the one that is missing and where it was looked for.
Result<Programs> find_programs();

/// What stands between client and server.
struct RigPlan {
  std::string folder;                 ///< For configurations and logs; exists.
  std::string scenario;               ///< A profile's name or a file.
  std::vector<std::string> settings;  ///< Of the scenario: name=value.
  bool appliance{false};              ///< Else a kernel bridge in its place.
  std::string mode{"auto"};
  std::string custody{"never"};
  std::uint64_t seed{1};
};

/// A server, the appliance or a bare wire in its place, the scenario's path, and a client, each in
/// a network namespace, with cables between them. Up from `build` to destruction.
///
///     server      middle         far          client
///      h0 ===== s0      m0 ==== m1  r0 ======= r1
class Rig {
 public:
  static constexpr const char* kServer = "10.79.0.1";
  static constexpr const char* kClient = "10.79.0.2";

  static Result<std::unique_ptr<Rig>> build(const Programs& programs, const RigPlan& plan);

  /// A program in the server's namespace, ready, until the rig goes.
  Result<bool> serve(const Arguments& arguments);
  /// Runs a program in the client's namespace to its end: its exit code.
  Result<int> run_client(const Arguments& arguments, const std::string& name,
                         std::chrono::seconds limit);
  /// The last lines of what the client's program `name` wrote.
  [[nodiscard]] std::string tail_of(const std::string& name) const;

 private:
  Rig(const Programs& programs, const RigPlan& plan) : programs_{programs}, plan_{plan} {}
  Result<bool> make_namespaces();
  Result<bool> lay_cables();
  Result<bool> introduce();
  Result<bool> bridge();
  Result<bool> start_path();
  Result<bool> start_appliance();
  Result<bool> start(const Namespace& where, const Arguments& arguments, const std::string& name);
  [[nodiscard]] std::string file(const std::string& name) const {
    return plan_.folder + "/" + name;
  }

  Programs programs_;
  RigPlan plan_;
  std::vector<Namespace> spaces_;        ///< server, middle, far, client
  std::vector<Child> programs_running_;  ///< After the namespaces: they end first.
};

/// The emulator's configuration: the scenario between the rig's ports.
std::string path_config(const RigPlan& plan, int core);
/// The appliance's.
std::string appliance_config(const RigPlan& plan, int core);

}  // namespace gimbal::probe::whatif
