#pragma once

#include <memory>

#include "probe/workload.h"

namespace gimbal::probe {

/// Streaming generation: a prompt goes up, the server computes the first token and then one after
/// another, each sent as its own small chunk. Measures time to first token, the gaps between
/// tokens, and how late each token is against an undisturbed stream.
std::unique_ptr<Workload> make_tokens();
extern const char* const kTokensExamples;

}  // namespace gimbal::probe
