#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "probe/whatif/child.h"

namespace gimbal::probe::whatif {

/// The namespaces' names begin so, followed by the process id: what a dead run left behind is known
/// for it and removed by the next.
inline constexpr std::string_view kNamespacePrefix = "gimbal-whatif-";

/// A network namespace for as long as this object lives. Needs root.
class Namespace {
 public:
  static Result<Namespace> create(const std::string& part);
  Namespace(Namespace&& other) noexcept : name_{std::exchange(other.name_, {})} {}
  Namespace& operator=(Namespace&&) = delete;
  ~Namespace();

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// The command that runs `arguments` in here.
  [[nodiscard]] Arguments inside(const Arguments& arguments) const;
  Result<std::string> run(const Arguments& arguments) const;
  /// Lines for `ip -batch`.
  Result<std::string> ip(const std::vector<std::string>& lines) const;

 private:
  explicit Namespace(std::string name) : name_{std::move(name)} {}
  std::string name_;
};

/// The process id in the name of a namespace of ours; 0 when it is none.
int owner_of(std::string_view name) noexcept;

/// Deletes namespaces whose owners no longer live.
void sweep_namespaces();

}  // namespace gimbal::probe::whatif
