#!/usr/bin/env python3
"""The shipped Azure study on the published trace, and on an invented twin that is always there."""

import json
from datetime import datetime

from kvsim_cli import SOURCE, CliTest, azure_lines, kvsim, main, rows_of

STUDY = SOURCE / "configs/studies/azure-conv.yaml"
# Llama-3.1: layers · 2 (K and V) · 8 kv heads · 128 head_dim · 2 B, with 32 layers (8B) and 80 (70B).
KV_BYTES_PER_TOKEN = [131072, 327680]


def moment(row):
    # Python reads microseconds; the trace has a seventh digit, which is zero or dropped here.
    return datetime.fromisoformat(row["TIMESTAMP"][:26])


class Azure(CliTest):
    def replay(self, trace):
        """Both runs of the study on `trace`, checked against sums over its columns."""
        rows = rows_of(trace)
        result = kvsim("run", STUDY, "--set", f"workload.trace={trace}", "--format", "json",
                       "--out", self.folder / "out", timeout=550)
        self.assertEqual(result.code, 0, result.err)
        runs = json.loads(result.out)["runs"]
        self.assertEqual([run["memory"]["kv_bytes_per_token"] for run in runs], KV_BYTES_PER_TOKEN)
        seconds = (moment(rows[-1]) - moment(rows[0])).total_seconds()
        for run in runs:
            metrics = run["metrics"]
            self.assertEqual(metrics["completed"], len(rows))
            self.assertEqual((metrics["refused"], metrics["skipped_lines"]), (0, 0))
            self.assertEqual(metrics["total_input_tokens"], sum(int(r["ContextTokens"]) for r in rows))
            self.assertEqual(metrics["total_output_tokens"], sum(int(r["GeneratedTokens"]) for r in rows))
            self.assertGreaterEqual(metrics["duration"], seconds)
            self.assertLess(metrics["duration"], seconds + 600)
        self.check_rows(rows, [run["id"] for run in runs])
        return runs

    def check_rows(self, rows, runs):
        """requests.csv is the trace, request by request, for each run."""
        table = rows_of(self.folder / "out/requests.csv")
        self.assertEqual(len(table), len(runs) * len(rows))
        start = moment(rows[0])
        for i, (row, request) in enumerate(zip(rows * len(runs), table)):
            self.assertEqual(
                (request["run_id"], request["request_id"], request["prompt_tokens"],
                 request["output_tokens"]),
                (runs[i // len(rows)], str(i % len(rows)), row["ContextTokens"], row["GeneratedTokens"]))
            arrival = (moment(row) - start).total_seconds()
            self.assertAlmostEqual(float(request["arrival_s"]), arrival, delta=2e-6)

    def test_the_published_trace_is_replayed_in_full(self):
        for run in self.replay(self.data("traces/azure_2023_conv.csv")):
            self.assertEqual(run["metrics"]["completed"], 19366)
            self.assertGreaterEqual(run["metrics"]["duration"], 3501.721937)
            self.assertEqual(run["metrics"]["stability"], "stable")

    def test_an_invented_twin_is_replayed_in_full(self):
        runs = self.replay(self.write("twin.csv", azure_lines(200)))
        self.assertEqual([run["metrics"]["completed"] for run in runs], [200, 200])

    def test_a_path_from_set_is_relative_to_the_current_folder(self):
        self.write("twin.csv", azure_lines(5))
        runs = self.json_of("run", STUDY, "--set", "workload.trace=twin.csv", "--quiet")["runs"]
        self.assertEqual([run["metrics"]["completed"] for run in runs], [5, 5])

    def test_without_the_trace_the_message_says_where_it_should_be(self):
        if not (STUDY.parent / "azure_2023_conv.csv").exists():
            self.refuses("run", STUDY, names=["azure_2023_conv.csv", "does not exist"])


if __name__ == "__main__":
    main()
