#!/usr/bin/env python3
"""--schedule-trace: each step's decisions, worked out by hand."""

import json

from kvsim_cli import OUT_FILES, SIX_RUNS, CliTest, files_below, main

# 6 usable blocks of 16 tokens, 32 tokens per step. Two requests at once: r0 has 40 prompt and 20
# output tokens, r1 20 and 20.
SMALL = """\
version: 1
name: small
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24, max_model_len: 64, max_num_seqs: 4, max_num_batched_tokens: 32, block_size: 16,
         num_gpu_blocks_override: 7, scheduler_reserve_full_isl: false, async_scheduling: false,
         enable_prefix_caching: false}
workload: {trace: two.csv, format: csv}
"""
TWO = "arrival_s,prompt_tokens,output_tokens\n0,40,20\n0,20,20\n"


def both(tokens0, tokens1):
    return {"0": tokens0, "1": tokens1}


class ScheduleTrace(CliTest):
    def setUp(self):
        super().setUp()
        self.write("small.yaml", SMALL)
        self.write("two.csv", TWO)
        self.write("six.yaml", SIX_RUNS)

    def lines(self, name):
        return [json.loads(line) for line in (self.folder / name).read_text().splitlines()]

    def test_preempted_request_finds_its_own_blocks(self):
        # As above up to step 14. r1's 33 tokens are 2 full blocks, which it finds, and one that it lacks;
        # nobody holds any of them and r0 left 2, so it waits until r0 has its 20th token in step 20. Then
        # its last 7 tokens come one a step, with 6 - 3 blocks free.
        self.assertEqual(self.decisions("--set", "engine.enable_prefix_caching=true"),
                         [({"0": 32}, [], 4), (both(8, 20), [], 1)] + 8 * [(both(1, 1), [], 1)] +
                         4 * [(both(1, 1), [], 0)] + [({"0": 1}, [1], 2)] + 6 * [({"0": 1}, [], 2)] +
                         7 * [({"1": 1}, [], 3)])

    def cached_schedule(self, requests, *sets):
        """Tokens, preemptions and free blocks of each step: 6 blocks of 16, ids of 16 tokens each."""
        self.write("ids.jsonl", "".join(
            json.dumps({"timestamp": at, "input_length": prompt, "output_length": output, "hash_ids": ids}) + "\n"
            for at, prompt, output, ids in requests))
        overrides = [word for each in ("workload={trace: ids.jsonl, format: mooncake, hash_block_size: 16}",
                                       "engine.enable_prefix_caching=true", "engine.max_model_len=96", *sets)
                     for word in ("--set", each)]
        return self.decisions(*overrides)

    def test_prefix_hit_is_not_computed_again(self):
        # r0 computes 32 + 8 tokens and one more, 3 blocks. Long after it r1 finds both full blocks (ids 1
        # and 2) and computes the 8 tokens behind them; the third id covers 8 tokens, no full block.
        self.assertEqual(self.cached_schedule([(0, 40, 2, [1, 2, 3]), (9000, 40, 2, [1, 2, 4])]),
                         [({"0": 32}, [], 4), ({"0": 8}, [], 3), ({"0": 1}, [], 3),
                          ({"1": 8}, [], 3), ({"1": 1}, [], 3)])

    def test_partial_hit_shares_what_it_can(self):
        # r1 has the first id alone in common: 16 tokens are found, 24 left.
        self.assertEqual(self.cached_schedule([(0, 40, 1, [1, 2, 3]), (9000, 40, 1, [1, 5, 6])]),
                         [({"0": 32}, [], 4), ({"0": 8}, [], 3), ({"1": 24}, [], 3)])

    def test_full_hit_computes_its_last_block(self):
        # Of the same 32 tokens one has to be computed, and blocks are found as a whole: 16 tokens.
        self.assertEqual(self.cached_schedule([(0, 32, 1, [1, 2]), (9000, 32, 1, [1, 2])]),
                         [({"0": 32}, [], 4), ({"1": 16}, [], 4)])

    def test_hit_within_the_same_step_shares_blocks_that_are_being_computed(self):
        # Both at once, 100 tokens per step: r0 takes 2 blocks for 32 tokens, r1 finds the first of them
        # and takes 1 for its other 16, so 3 of 6 are used.
        self.assertEqual(self.cached_schedule([(0, 32, 1, [1, 2]), (0, 32, 1, [1, 7])],
                                              "engine.max_num_batched_tokens=100"),
                         [({"0": 32, "1": 16}, [], 3)])

    def test_end_of_the_oldest_prefix_is_overwritten_first(self):
        # r0 leaves blocks 1 and 2, its third is not full. r1 takes 5 blocks: those 4 that keep nothing and
        # the last of r0's. So of r0's 40 tokens r2 finds 16, although r1's two first are there as well.
        self.assertEqual(self.cached_schedule([(0, 40, 1, [1, 2, 3]), (9000, 80, 1, [4, 5, 6, 7, 8]),
                                               (18000, 40, 1, [1, 2, 3])], "engine.max_num_batched_tokens=100"),
                         [({"0": 40}, [], 3), ({"1": 80}, [], 1), ({"2": 24}, [], 3)])

    def test_shows_a_request_that_waits_until_it_fits_as_a_whole(self):
        # As above up to step 14. r1's 33 tokens need 3 blocks, and only 2 are free until r0 has left.
        self.assertEqual(self.decisions("--set", "engine.scheduler_reserve_full_isl=true"),
                         [({"0": 32}, [], 4), (both(8, 20), [], 1)] + 8 * [(both(1, 1), [], 1)] +
                         4 * [(both(1, 1), [], 0)] + [({"0": 1}, [1], 2)] + 6 * [({"0": 1}, [], 2)] +
                         [({"1": 32}, [], 4)] + 7 * [({"1": 1}, [], 3)])

    def schedules(self, requests, *sets):
        """Tokens and preemptions of each step: without lag, with it and ends foreseen, or not."""
        self.write("two.csv", "arrival_s,prompt_tokens,output_tokens\n" + requests)
        overrides = [word for each in ("engine.max_num_batched_tokens=100", *sets)
                     for word in ("--set", each)]
        return [[decision[:2] for decision in self.decisions(*overrides, "--set", lag, "--set", stop)]
                for lag, stop in (("engine.async_scheduling=false", "workload.stop=eos"),
                                  ("engine.async_scheduling=true", "workload.stop=max_tokens"),
                                  ("engine.async_scheduling=true", "workload.stop=eos"))]

    def test_async_scheduling_notices_arrivals_and_ends_a_step_late(self):
        # r1 arrives while step 0 computes r0's prompt, when step 1 is already decided: r1 is in step 2. By
        # then r0 has its second and last token from step 1; unforeseen, it is in step 2 as well, and r1 in
        # a step 4 of its own.
        sync, foreseen, eos = self.schedules("0,10,2\n0.001,10,2\n")
        self.assertEqual(sync, [({"0": 10}, []), (both(1, 10), []), ({"1": 1}, [])])
        self.assertEqual(foreseen, [({"0": 10}, []), ({"0": 1}, []), ({"1": 10}, []), ({"1": 1}, [])])
        self.assertEqual(eos, [({"0": 10}, []), ({"0": 1}, []), (both(1, 10), []), ({"1": 1}, []),
                               ({"1": 1}, [])])

    def test_async_scheduling_keeps_the_seat_of_who_has_just_ended(self):
        # One seat. Step 2 is decided while r0 is thought to run: unforeseen it computes once more;
        # foreseen, nothing is left to compute, so the decision is made again when step 1 has ended.
        sync, foreseen, eos = self.schedules("0,10,2\n0,10,2\n", "engine.max_num_seqs=1")
        one_by_one = [({"0": 10}, []), ({"0": 1}, []), ({"1": 10}, []), ({"1": 1}, [])]
        self.assertEqual(sync, one_by_one)
        self.assertEqual(foreseen, one_by_one)
        self.assertEqual(eos, one_by_one[:2] + [({"0": 1}, [])] + one_by_one[2:] + [({"1": 1}, [])])

    def test_async_scheduling_keeps_the_blocks_of_who_has_just_ended(self):
        # 5 blocks of 4: r0's 8 tokens hold 2, r1's 12 hold 3. r0 ends with its first token, from step 0.
        # Unforeseen, its token 9 needs a third block in step 1, for which r1 has to go. Foreseen, r1's
        # token 13 needs a fourth while r0 holds 2: r1 goes itself, nothing is left to compute, and when
        # the decision is made again r0 has gone, so r1 is back at once.
        sync, foreseen, eos = self.schedules("0,8,1\n0,12,2\n", "engine.block_size=4",
                                             "engine.num_gpu_blocks_override=6",
                                             "engine.max_model_len=20")
        self.assertEqual(sync, [(both(8, 12), []), ({"1": 1}, [])])
        self.assertEqual(foreseen, [(both(8, 12), []), ({"1": 13}, [1])])
        self.assertEqual(eos, [(both(8, 12), []), ({"0": 1}, [1]), ({"1": 13}, []), ({"1": 1}, [])])

    def test_async_scheduling_names_who_had_to_go_although_its_place_is_taken_again(self):
        # 6 blocks of 4, prompts in chunks of 8: r0 holds 2, r1 1, r2 2, r3 1. All but r2 end with step 0, as
        # foreseen, but hold their blocks when step 1 is decided. r2 lacks 2: r3 has to go, and r2 itself.
        # Nothing is left to compute, so the decision is made anew for all that have come meanwhile.
        self.write("two.csv", "arrival_s,prompt_tokens,output_tokens\n0,8,1\n0,4,1\n0,20,1\n0,4,1\n"
                              "0.001,1,1\n0.002,1,1\n0.003,1,1\n")
        sets = [word for each in ("engine.async_scheduling=true", "workload.stop=max_tokens",
                                  "engine.block_size=4", "engine.max_model_len=24",
                                  "engine.max_num_batched_tokens=100", "engine.max_num_seqs=8",
                                  "engine.long_prefill_token_threshold=8")
                for word in ("--set", each)]
        self.assertEqual(self.decisions(*sets)[:2], [({"0": 8, "1": 4, "2": 8, "3": 4}, [], 0),
                                                     ({"2": 8, "4": 1, "5": 1, "6": 1}, [3, 2], 1)])

    def test_priority_scheduling_serves_by_the_column_of_the_trace(self):
        # One seat, less is sooner: r0 runs alone when the others come; then r3 (-1), r2 (2), r1 (5).
        self.write("two.csv", "arrival_s,prompt_tokens,output_tokens,priority\n"
                              "0,10,2,9\n0.001,10,1,5\n0.002,10,1,2\n0.003,10,1,-1\n")
        one_seat = ["--set", "engine.max_num_seqs=1"]
        admitted = {policy: [tokens for tokens, _, _ in self.decisions(
            *one_seat, "--set", f"engine.scheduling_policy={policy}")] for policy in ("fcfs", "priority")}
        self.assertEqual(admitted["priority"],
                         [{"0": 10}, {"0": 1}, {"3": 10}, {"2": 10}, {"1": 10}])
        self.assertEqual(admitted["fcfs"], [{"0": 10}, {"0": 1}, {"1": 10}, {"2": 10}, {"3": 10}])

    def test_priority_scheduling_preempts_the_last_in_rank(self):
        # 5 blocks of 4: r0 (8 tokens, priority 1) holds 2, r1 (12, priority 0) holds 3. In step 1 both lack
        # a block; r0 comes first and is the last in rank, so it goes, and nothing is computed: the decision
        # is made anew. r1 takes one of r0's blocks; r0 has 9 tokens, 3 blocks, and one is free until r1 has
        # its second and last token.
        self.write("two.csv", "arrival_s,prompt_tokens,output_tokens,priority\n0,8,2,1\n0,12,2,0\n")
        sets = [word for each in ("engine.scheduling_policy=priority", "engine.block_size=4",
                                  "engine.num_gpu_blocks_override=6", "engine.max_model_len=20")
                for word in ("--set", each)]
        self.assertEqual(self.decisions(*sets), [(both(8, 12), [], 0), ({"1": 1}, [0], 1),
                                                 ({"0": 9}, [], 2)])

    def decisions(self, *args):
        self.succeeds("run", "small.yaml", "--schedule-trace", "s.jsonl", *args)
        lines = self.lines("s.jsonl")
        self.assertEqual([line["step"] for line in lines], list(range(len(lines))))
        times = [line["time_s"] for line in lines]
        self.assertEqual(times, sorted(times))
        return [(line["num_scheduled_tokens"], line["preempted_req_ids"], line["free_blocks"])
                for line in lines]

    def test_shows_a_schedule_worked_out_by_hand(self):
        # Step 0 has room for 32 tokens of r0 (2 blocks), step 1 for its other 8 (3 blocks) and all 20 of
        # r1 (2 blocks). In step n >= 2 r0 attends to 39 + n tokens and r1 to 19 + n: r0 takes a fourth
        # block for token 49 in step 10, r1 lacks a third one for token 33 in step 14 and, being the
        # youngest, goes itself. It then holds 20 + 13 tokens. A step later 31 of them fit the budget and
        # 2 blocks, the step after the other 2 lack a block, and so on until r0 has its 20th token in
        # step 20. r1 then computes 32 + 1 tokens, and its last six.
        again = [(both(1, 31), [], 0), ({"0": 1}, [1], 2)]
        self.assertEqual(self.decisions(),
                         [({"0": 32}, [], 4), (both(8, 20), [], 1)] + 8 * [(both(1, 1), [], 1)] +
                         4 * [(both(1, 1), [], 0)] + [({"0": 1}, [1], 2)] + 3 * again +
                         [({"1": 32}, [], 4)] + 7 * [({"1": 1}, [], 3)])

    def test_is_the_same_with_either_stepper_and_any_number_of_jobs(self):
        runs = {}
        for name, args in {"macro": ["--stepper", "macro", "--jobs", "1"],
                           "step": ["--stepper", "step", "--jobs", "3"]}.items():
            self.succeeds("run", "six.yaml", *args, "--set", "cluster.replicas=2",
                          "--set", "workload.stop=max_tokens", "--out", name,
                          "--schedule-trace", f"{name}/steps.jsonl")
            self.assertEqual(set(files_below(self.folder / name)), OUT_FILES | {"steps.jsonl"})
            runs[name] = (self.folder / name / "steps.jsonl").read_bytes()
        self.assertEqual(runs["macro"], runs["step"])
        lines = self.lines("macro/steps.jsonl")
        results = json.loads((self.folder / "macro/result.json").read_text())["runs"]
        self.assertEqual(list(dict.fromkeys(line["run"] for line in lines)),
                         [run["id"] for run in results])
        self.assertEqual({line["replica"] for line in lines}, {0, 1})
        self.assertEqual(len(lines), sum(run["metrics"]["num_steps"] for run in results))
        manifest = json.loads((self.folder / "macro/manifest.json").read_text())
        self.assertEqual(manifest["stepper"], "step")

    def test_changes_no_result(self):
        for name, args in {"with": ["--schedule-trace", "s.jsonl"], "without": []}.items():
            self.succeeds("run", "six.yaml", "--out", name, *args)
        for file in ("result.json", "requests.csv"):
            self.assertEqual((self.folder / "with" / file).read_bytes(),
                             (self.folder / "without" / file).read_bytes())

    def test_needs_a_name_that_says_what_it_is(self):
        self.refuses("run", "small.yaml", "--schedule-trace", "result.json", names="ends in .jsonl")
        self.refuses("run", "small.yaml", "--schedule-trace", "two.csv/s.jsonl", names="two.csv")


if __name__ == "__main__":
    main()
