#!/usr/bin/env python3
"""A study with every word that scripts may rely on runs as it is, shortened only in its requests."""

from kvsim_cli import CliTest, main

STUDY = """\
version: 1
name: mha-vs-mla
model: deepseek-v3            # a name in configs/models, a path, or the map itself
cluster: {gpu: h200-sxm, replicas: 1, router: least_outstanding}      # gpu: a name or a path
engine: {profile: vllm-0.24, tensor_parallel_size: 8, max_num_seqs: 256, max_num_batched_tokens: 8192,
         block_size: 16, gpu_memory_utilization: 0.92, kv_cache_dtype: auto,
         enable_prefix_caching: true}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {lognormal: {mean: 211, p99: 601}},
            max_tokens: output}
  stop: eos
  num_requests: 20000
slo: {ttft: {p99: 2s}, tpot: {p99: 50ms}}
variants:
  - {name: MLA}
  - {name: GQA-8, model.attention: {variant: gqa, num_key_value_heads: 8}}
  - {name: MHA,   model.attention: {variant: mha}}
sweep: {workload.arrivals.request_rate: [1/s, 2/s, 4/s, 8/s]}
report: {template: attention-variants}
"""


class ContractStudy(CliTest):
    def test_runs(self):
        self.write("study.yaml", STUDY)
        runs = self.json_of("run", "study.yaml", "--set", "workload.num_requests=100")["runs"]
        self.assertEqual([run["variant"] for run in runs],
                         [name for name in ("MLA", "GQA-8", "MHA") for _ in range(4)])
        for run in runs:
            self.assertEqual(run["metrics"]["completed"], 100)

    # MHA: 2 x 16 heads x 128 x 2 B x 61 layers on each GPU, and fewer tokens than the model allows.
    def test_what_does_not_fit_is_said(self):
        self.write("study.yaml", STUDY)
        runs = self.json_of("run", "study.yaml", "--set", "workload.num_requests=10")["runs"]
        mla, mha = runs[0], runs[-1]
        self.assertEqual(mha["memory"]["kv_bytes_per_token_per_gpu"], 2 * 16 * 128 * 2 * 61)
        self.assertEqual(mha["memory"]["max_model_len"], mha["memory"]["kv_cache_tokens"])
        self.assertTrue(any("--max-model-len auto" in note for note in mha["notes"]), mha["notes"])
        self.assertEqual(mla["memory"]["max_model_len"], 163840)
        self.assertEqual(mla["notes"], [])


if __name__ == "__main__":
    main()
