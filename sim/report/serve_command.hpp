// The command line that starts one replica of a run, in the words of its engine.
//
// It names what the run depends on where it is not what the engine would choose by itself. Flags
// are those of vLLM 0.24 (docs.vllm.ai, engine arguments), SGLang 0.5 (server_args.py) and
// TensorRT-LLM 1.0 (trtllm-serve --help).
#pragma once

#include <string>
#include <vector>

#include "sim/spec/study.hpp"

namespace kvsim::report {

struct ServeCommand {
  std::string line;                ///< "vllm serve meta-llama/... --tensor-parallel-size 8"
  std::vector<std::string> notes;  ///< sentences: how many of them, what has no flag
};

[[nodiscard]] ServeCommand serve_command(const spec::RunSpec& run);

}  // namespace kvsim::report
