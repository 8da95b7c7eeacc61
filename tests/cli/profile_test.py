#!/usr/bin/env python3
"""Profiles: versions of an engine differ where the engine does, and every default is in the open."""

import json

from kvsim_cli import TINY, CliTest, main

# Where vLLM 0.24 differs from 0.10; sources stand in the two files of configs/engines.
DIFFERENT = {
    "profile": ("vllm-0.10", "vllm-0.24"),
    "stack": ("vllm-0.10.2", "vllm-0.24.0"),
    "evict_unhashed_blocks_first": ("false", "true"),
    "gpu_memory_utilization": ("0.9", "0.92"),
    "async_scheduling": ("false", "true"),
    "scheduler_reserve_full_isl": ("false", "true"),
    "cuda_graph_memory": ("0 B", "483183821 B"),
}


class Profiles(CliTest):
    def setUp(self):
        super().setUp()
        self.write("old.yaml", TINY.replace("vllm-0.24", "vllm-0.10"))
        self.write("new.yaml", TINY)

    def engine_of(self, study):
        lines = self.succeeds("check", study).out.split("\nengine of ")[1].split("\n\n")[0].splitlines()
        return dict(line.strip().split(": ", 1) for line in lines[1:])

    def test_check_shows_what_the_engine_was_resolved_to(self):
        old, new = self.engine_of("old.yaml"), self.engine_of("new.yaml")
        # By GPU: an H100 has 70 GiB or more and is no A100. By both: 2 · 1024, at most 512.
        self.assertEqual((new["max_num_seqs"], new["max_num_batched_tokens"]), ("1024", "8192"))
        self.assertEqual(new["max_cudagraph_capture_size"], "512")
        self.assertEqual(old.keys(), new.keys())
        differing = {key: (old[key], new[key]) for key in new if old[key] != new[key]}
        sizes = [json.loads(text) for text in differing.pop("cudagraph_capture_sizes")]
        self.assertEqual(differing, DIFFERENT)
        self.assertEqual([len(each) for each in sizes], [67, 51])  # from 256 on by 8, and by 16
        self.assertEqual(set(sizes[0]) - set(sizes[1]), set(range(264, 512, 16)))

    def test_the_manifest_holds_the_same(self):
        for study in ("old.yaml", "new.yaml"):
            self.succeeds("run", study, "--out", "out")
            manifest = json.loads((self.folder / "out/manifest.json").read_text())
            engine = manifest["study"]["runs"][0]["resolved"]["engine"]
            shown = self.engine_of(study)
            shown.pop("cudagraph_capture_sizes")
            for key, text in shown.items():
                value = engine[key]
                self.assertEqual(text, value if isinstance(value, str) else json.dumps(value), key)

    def test_an_older_engine_schedules_as_it_did(self):
        # r1 comes while step 0 computes r0's prompt. 0.10 decides step 1 when step 0 has ended, 0.24 a step
        # ahead, and does not see r0's end in step 1 either.
        self.write("two.csv", "arrival_s,prompt_tokens,output_tokens\n0,10,2\n0.001,10,1\n")
        schedules = []
        for profile in ("vllm-0.10", "vllm-0.24"):
            self.write("two.yaml", f"version: 1\nname: two\nmodel: llama-3.1-8b\ncluster: {{gpu: h100-sxm}}\n"
                                   f"engine: {{profile: {profile}}}\nworkload: {{trace: two.csv}}\n")
            self.succeeds("run", "two.yaml", "--schedule-trace", "s.jsonl")
            schedules.append([json.loads(line)["num_scheduled_tokens"]
                              for line in (self.folder / "s.jsonl").read_text().splitlines()])
        self.assertEqual(schedules, [[{"0": 10}, {"0": 1, "1": 10}],
                                     [{"0": 10}, {"0": 1}, {"0": 1, "1": 10}, {"1": 1}]])


if __name__ == "__main__":
    main()
