#include "policy/policy.h"

#include "support/catch.h"

namespace gimbal {
namespace {

constexpr Treatment kObserve{Mode::observe, Custody::never};

PolicyRule rule(IpAddress prefix, std::uint8_t bits, std::uint16_t port, Treatment treatment) {
  return {prefix, bits, port, treatment.mode, treatment.custody};
}

Policy policy_of(std::initializer_list<PolicyRule> rules) {
  Policy policy;
  for (const auto& r : rules) policy.rules[policy.rule_count++] = r;
  return policy;
}

const Endpoint kClient{IpAddress::v4(192, 168, 1, 9), 40'000};
const Endpoint kServer{IpAddress::v4(10, 1, 2, 3), 443};

TEST_CASE("without rules every flow gets the fallback") {
  Policy policy;
  policy.fallback = kObserve;
  CHECK(policy.treatment_for(kClient, kServer) == kObserve);
}

TEST_CASE("a rule matches whichever end is named first") {
  const Policy policy = policy_of({rule(IpAddress::v4(10, 0, 0, 0), 104, 443, kObserve)});
  CHECK(policy.treatment_for(kClient, kServer) == kObserve);
  CHECK(policy.treatment_for(kServer, kClient) == kObserve);
}

TEST_CASE("prefix and port must be found at the same end") {
  const Policy policy = policy_of({rule(IpAddress::v4(10, 0, 0, 0), 104, 40'000, kObserve)});
  CHECK(policy.treatment_for(kClient, kServer) == Treatment{});
}

TEST_CASE("a prefix that ends inside a byte compares only its bits") {
  const Policy policy = policy_of({rule(IpAddress::v4(10, 0, 0, 0), 96 + 15, 0, kObserve)});
  const auto treat = [&](IpAddress a) { return policy.treatment_for({a, 1}, kClient); };
  CHECK(treat(IpAddress::v4(10, 1, 255, 255)) == kObserve);
  CHECK(treat(IpAddress::v4(10, 2, 0, 0)) == Treatment{});
}

TEST_CASE("a full-length prefix means one address") {
  const Policy policy = policy_of({rule(kServer.address, 128, 0, kObserve)});
  CHECK(policy.treatment_for(kServer, kClient) == kObserve);
  CHECK(policy.treatment_for({IpAddress::v4(10, 1, 2, 4), 443}, kClient) == Treatment{});
}

TEST_CASE("an IPv4 prefix does not match IPv6 and a length of zero matches both") {
  const Endpoint six{{{0x20, 0x01, 0x0d, 0xb8}}, 443};
  CHECK(policy_of({rule(IpAddress::v4(0, 0, 0, 0), 96, 0, kObserve)}).treatment_for(six, six) ==
        Treatment{});
  CHECK(policy_of({rule({}, 0, 0, kObserve)}).treatment_for(six, six) == kObserve);
  CHECK(policy_of({rule({}, 0, 443, kObserve)}).treatment_for(kClient, kServer) == kObserve);
}

TEST_CASE("the first matching rule wins") {
  const Policy policy = policy_of({rule(kServer.address, 128, 0, {Mode::bypass, Custody::never}),
                                   rule({}, 0, 0, {Mode::repair, Custody::always})});
  CHECK(policy.treatment_for(kClient, kServer).mode == Mode::bypass);
  CHECK(policy.treatment_for(kClient, kClient).custody == Custody::always);
}

TEST_CASE("the ceiling lowers a mode and never raises one") {
  Policy policy = policy_of({rule(kServer.address, 128, 0, {Mode::bypass, Custody::never})});
  policy.ceiling = Mode::observe;
  CHECK(policy.treatment_for(kClient, kClient).mode == Mode::observe);
  CHECK(policy.treatment_for(kClient, kServer).mode == Mode::bypass);
}

TEST_CASE("all 256 rules are looked at") {
  Policy policy;
  for (auto& r : policy.rules) r = rule(IpAddress::v4(172, 16, 0, 1), 128, 0, kObserve);
  policy.rule_count = Policy::kMaxRules;
  policy.rules.back() = rule({}, 0, 443, {Mode::bypass, Custody::never});
  CHECK(policy.treatment_for(kClient, kServer).mode == Mode::bypass);
}

TEST_CASE("modes and custodies are spelled as in the configuration") {
  CHECK(to_string(Mode::bypass) == "bypass");
  CHECK(to_string(Mode::observe) == "observe");
  CHECK(to_string(Mode::repair) == "auto");
  CHECK(to_string(Custody::never) == "never");
  CHECK(to_string(Custody::when_unsteady) == "when-unsteady");
  CHECK(to_string(Custody::always) == "always");
}

}  // namespace
}  // namespace gimbal
