// Prompts by what is in them.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "sim/spec/prompt_content.hpp"

namespace kvsim::memory {

[[nodiscard]] inline spec::Content content(std::vector<spec::Stretch> stretches) {
  return std::make_shared<const spec::PromptContent>(spec::PromptContent{std::move(stretches)});
}

}  // namespace kvsim::memory
