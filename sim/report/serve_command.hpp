// The command that starts one replica of a run, in the words of its engine.
//
// It names what the run depends on, and what is not as the engine would choose by itself. Flags are
// those of vLLM 0.24 (vllm/engine/arg_utils.py), SGLang 0.5 (sglang/srt/server_args.py) and
// TensorRT-LLM 1.0 (tensorrt_llm/commands/serve.py).
//
// Not told: kernels and what the engine finds out by itself. A checkpoint in the format of the
// model's weights is taken for granted where the model's file names one.
#pragma once

#include <string>
#include <vector>

#include "sim/spec/study.hpp"

namespace kvsim::report {

struct ServeCommand {
  std::string program;             ///< "vllm serve deepseek-ai/DeepSeek-V3"
  std::vector<std::string> flags;  ///< "--tensor-parallel-size 8"
  std::vector<std::string> notes;  ///< sentences: how many of them, what has no flag

  [[nodiscard]] std::string line() const;
  /// A flag on each line, to be pasted into a shell.
  [[nodiscard]] std::string lines() const;
};

[[nodiscard]] ServeCommand serve_command(const spec::RunSpec& run);

}  // namespace kvsim::report
