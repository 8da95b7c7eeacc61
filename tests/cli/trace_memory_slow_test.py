#!/usr/bin/env python3
"""Memory does not grow with the length of a trace.

Exact percentiles keep four values of 16 B per request up to a million requests, then become
histograms. Both traces are longer than that, so what is left to differ by is the trace itself: the
second has 2 000 000 requests more, 31 MiB even if someone kept nothing but their arrivals (16 B).
"""

import csv
import os
import subprocess

from kvsim_cli import BIN, OK, CliTest, environment, main

SHORT, LONG = 1_100_000, 3_100_000
ALLOWED_MIB = 12
CHUNK = 50_000  # lines made at once, to keep this process small

STUDY = """\
version: 1
name: long
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  trace: trace.csv
  format: csv
  columns: {arrival: at, prompt_tokens: prompt, output_tokens: output, arrival_unit: ms}
"""


class TraceMemory(CliTest):
    def write_trace(self, count):
        """Ten requests every 100 ms, of one output token: no queue builds up."""
        with open(self.folder / "trace.csv", "w") as file:
            file.write("at,prompt,output\n")
            for begin in range(0, count, CHUNK):
                file.writelines(f"{i // 10 * 100},{8 + i % 5},1\n"
                                for i in range(begin, min(begin + CHUNK, count)))

    def peak_mib(self, count):
        self.write_trace(count)
        child = subprocess.Popen([BIN, "run", "study.yaml", "--quiet", "--format", "csv"],
                                 cwd=self.folder, env=environment(), stdout=subprocess.PIPE,
                                 text=True)
        with child.stdout:
            row = next(csv.DictReader(child.stdout))
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(child.returncode, OK)
        self.assertEqual(int(row["completed"]), count)
        return usage.ru_maxrss / 1024  # Linux counts in KiB

    def test_two_million_more_requests_need_no_more_memory(self):
        self.write("study.yaml", STUDY)
        short, long = self.peak_mib(SHORT), self.peak_mib(LONG)
        print(f"peak: {short:.1f} MiB for {SHORT} requests, {long:.1f} MiB for {LONG}")
        self.assertLess(long - short, ALLOWED_MIB)
        self.assertLess(long, 256)


if __name__ == "__main__":
    main()
