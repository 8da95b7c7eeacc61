// Models, GPUs and runs that many tests share. Figures are those of configs/, written out so that
// a test can be read without another file open.
#pragma once

#include <vector>

#include "sim/memory/page_plan.hpp"
#include "sim/model/batch.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::test {

[[nodiscard]] spec::GpuSpec h100();
[[nodiscard]] spec::GpuSpec h200();
[[nodiscard]] spec::ModelSpec llama_8b();
[[nodiscard]] spec::ModelSpec llama_405b();
[[nodiscard]] spec::ModelSpec deepseek_v3();
/// Two layers of hidden size 64: steps cost next to nothing but the host's time.
[[nodiscard]] spec::ModelSpec tiny_model();

/// tiny_model in every architecture: windows, chunks, sparse and linear attention, shared caches,
/// experts.
[[nodiscard]] std::vector<spec::ModelSpec> tiny_variants();

/// `model` with other attention: all query heads keep their width.
[[nodiscard]] spec::ModelSpec with_attention(spec::ModelSpec model, spec::AttentionVariant variant,
                                             std::int64_t kv_heads = 0);

/// One H100 with vLLM's defaults.
[[nodiscard]] spec::EngineSpec engine();

/// A card of the streaming form for every GPU and format.
[[nodiscard]] spec::CardSpec streaming_card(spec::CardOperator op, double launch_us,
                                            double bandwidth_efficiency, double compute_efficiency,
                                            double blend = 0);
[[nodiscard]] spec::CardSpec host_card(double serial_us, double per_step_us,
                                       double per_sequence_us);
/// Streaming cards with round figures and a host without cost.
[[nodiscard]] std::vector<spec::CardSpec> round_cards();

/// A decode step of `sequences` sequences that attend to `context` tokens in all, nothing slides.
[[nodiscard]] model::BatchShape decode_batch(std::int64_t sequences, std::int64_t context);
/// A chunk of one prompt after `cached` tokens, nothing slides.
[[nodiscard]] model::BatchShape prefill_batch(std::int64_t tokens, std::int64_t cached = 0);
/// One group of full attention, pages of so many tokens.
[[nodiscard]] memory::PagePlan plain_pages(std::int64_t block_size);

[[nodiscard]] spec::LengthSpec fixed(std::int64_t tokens);
[[nodiscard]] spec::LengthSpec uniform(std::int64_t min, std::int64_t max);

/// tiny_model on one H100: `requests` requests of fixed lengths, all at once, step time 1 ms.
[[nodiscard]] spec::RunSpec tiny_run(std::int64_t requests, std::int64_t prompt,
                                     std::int64_t output);
[[nodiscard]] std::vector<spec::CardSpec> millisecond_steps();

}  // namespace kvsim::test
