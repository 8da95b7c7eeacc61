#!/usr/bin/env python3
"""Does `kvsim validate` compare an invented server with its own prediction, and refuse what it cannot read?"""

import json
import shutil

from kvsim_cli import SOURCE, CliTest, environment, main

MAP = """\
version: 1
name: toy
source: invented
row: id
group_by: [kind]
measured: {mean_tpot_ms: tpot_ms}
set:
  model: {column: model, as: {Llama: llama-3.1-8b}}
  cluster.gpu: h100-sxm
  engine.profile: vllm-0.24
  workload.closed_loop.max_concurrency: {column: clients}
  workload.num_requests: {column: clients, times: 4}
  workload.lengths.prompt.fixed: 200
  workload.lengths.output.fixed: 50
  workload.stop: max_tokens
rules:
  - {when: {kind: strange}, skip: strange servers are not simulated}
host_fit:
  - {stack: toy-1.0, when: {kind: fitted}}
targets:
  - {name: all of it, when: {kind: plain}, metric: mean_tpot_ms, median_percent: 6, p90_percent: 10}
"""

HEADER = "id,kind,model,clients,tpot_ms\n"


class Validate(CliTest):
    def rows(self, *lines):
        self.write("measured.csv", HEADER + "\n".join(lines) + "\n")
        self.write("map.yaml", MAP)

    def validate(self, *extra):
        return self.succeeds("validate", "--measured", "measured.csv", "--map", "map.yaml", "--quiet", "--format", "json",
                           *extra)

    def predicted(self, clients):
        """What kvsim says of such a server: measured as 1 ms, so that the ratio is the prediction."""
        self.rows(f"probe,plain,Llama,{clients},1")
        return json.loads(self.validate().out)["rows"][0]["ratio"]

    def test_an_invented_server_that_is_10_percent_faster_gives_an_error_of_10_percent(self):
        eight = self.predicted(8)
        self.rows(f"a,plain,Llama,8,{eight / 1.1:.9f}", f"b,plain,Llama,8,{eight:.9f}", "c,strange,Llama,8,1",
                  "d,plain,Opus,8,1", f"e,fitted,Llama,8,{eight * 2:.9f}")
        answer = json.loads(self.validate().out)
        every = next(g for g in answer["groups"] if g["by"] == "all")
        self.assertEqual(every["n"], 2)
        self.assertAlmostEqual(every["median_ape"], 0.05, 6)
        self.assertAlmostEqual(every["bias"], 0.05, 6)
        self.assertEqual([row["host_time_fitted"] for row in answer["rows"]], [False, False, True])
        self.assertEqual({s["reason"]: s["rows"] for s in answer["skipped"]},
                         {"strange servers are not simulated": ["c"], "the map has no word for model 'Opus'": ["d"]})
        target = answer["targets"][0]
        self.assertEqual((target["name"], target["n"], target["met"]), ("all of it", 2, True))
        self.assertAlmostEqual(sum(answer["rows"][0]["provenance"].values()), 1, 9)
        self.assertIsNotNone(answer["rows"][0]["mean_field"])

    def test_the_same_bytes_for_any_number_of_jobs(self):
        self.rows(*(f"r{n},plain,Llama,{n},5" for n in range(1, 9)))
        self.assertEqual(self.validate("--jobs", "1").out, self.validate("--jobs", "4").out)

    def test_intervals_say_how_often_they_hold_the_measured_value(self):
        four = self.predicted(4)
        self.rows(f"inside,plain,Llama,4,{four:.9f}", f"outside,plain,Llama,4,{four * 9:.9f}")
        answer = json.loads(self.validate("--replicates", "20").out)
        low, high = (answer["rows"][0]["interval"][end] for end in ("low", "high"))
        self.assertLess(low, four)
        self.assertLess(four, high)
        every = next(g for g in answer["groups"] if g["by"] == "all")
        self.assertEqual(every["coverage"]["share"], 0.5)

    def test_a_table_for_people_and_a_page(self):
        self.rows("a,plain,Llama,2,5")
        shown = self.succeeds("validate", "--measured", "measured.csv", "--map", "map.yaml", "--quiet", "--out", "page.md").out
        self.assertIn("toy: 1 of 1 rows simulated", shown)
        page = (self.folder / "page.md").read_text()
        self.assertTrue(page.startswith("# Predicted beside measured\n"))
        self.assertIn("| all of it | mean_tpot_ms | 6.0 / 10.0 |", page)

    def test_a_users_own_bench_json_needs_its_model_and_gpu(self):
        self.write("bench.json", json.dumps({
            "date": "20260101", "backend": "vllm", "model_id": "meta-llama/Llama-3.1-8B-Instruct", "num_prompts": 16,
            "request_rate": "inf", "max_concurrency": 4, "completed": 16, "total_input_tokens": 3200,
            "total_output_tokens": 800, "mean_ttft_ms": 30.0, "median_ttft_ms": 29.0, "p99_ttft_ms": 60.0,
            "mean_tpot_ms": 7.5, "median_tpot_ms": 7.4, "p99_tpot_ms": 8.0, "output_throughput": 400.0,
            "ttfts": [0.03] * 16}))
        flags = ("validate", "--measured", "bench.json", "--quiet", "--format", "json")
        answer = json.loads(self.succeeds(*flags, "--set", "model=llama-3.1-8b", "--set", "cluster.gpu=h100-sxm").out)
        self.assertEqual(answer["map"], "vllm-bench")
        self.assertEqual({row["metric"] for row in answer["rows"]},
                         {"mean_ttft_ms", "median_ttft_ms", "p99_ttft_ms", "mean_tpot_ms", "median_tpot_ms",
                          "p99_tpot_ms", "output_throughput"})

    def test_host_time_is_found_again_in_servers_that_have_it(self):
        """Rows predicted with a host of 4 ms + 30 us per sequence, one after the GPU's: the fit returns it."""
        home = self.folder / "home"
        for part in ("configs", "calibration/cards"):
            shutil.copytree(SOURCE / part, home / part)
        for card in (home / "calibration/cards").glob("host-*.yaml"):
            card.unlink()
        (home / "calibration/cards/host-toy.yaml").write_text(
            "name: any/host/toy\ngpus: [any]\noperator: host\nstack: toy-1.0\n"
            "host: {per_step: 4 ms, per_sequence: 30 us}\nresiduals: {}\nprovenance: fitted-elsewhere\nsource: invented\n")
        self.write("map.yaml", MAP.replace("engine.profile: vllm-0.24", "engine.profile: vllm-0.10"))
        self.write("measured.csv", HEADER + "".join(f"r{n},fitted,Llama,{n},1\n" for n in (1, 4, 16, 64)))
        flags = ("validate", "--measured", "measured.csv", "--map", "map.yaml", "--quiet", "--format", "json")
        rows = json.loads(self.succeeds(*flags, env=environment(KVSIM_HOME=str(home))).out)["rows"]
        self.write("measured.csv", HEADER + "".join(
            f"r{n},fitted,Llama,{n},{row['ratio']:.9f}\n" for n, row in zip((1, 4, 16, 64), rows)))
        self.succeeds("calibrate", "host", "--measured", "measured.csv", "--map", "map.yaml", "--stack", "toy-1.0", "--out",
                    "host.yaml")
        card = (self.folder / "host.yaml").read_text()
        per_step = float(card.split("per_step: ")[1].split(" ms")[0])
        per_sequence = float(card.split("per_sequence: ")[1].split(" us")[0])
        self.assertAlmostEqual(per_step, 4, delta=0.06)
        self.assertAlmostEqual(per_sequence, 30, delta=1)


class Refusals(CliTest):
    def refuse(self, *arguments):
        return self.refuses("validate", *arguments)

    def test_a_map_cannot_tune_prices(self):
        self.write("measured.csv", HEADER + "a,plain,Llama,2,5\n")
        self.write("map.yaml", MAP.replace("  workload.stop: max_tokens", "  cluster.gpu.hbm.bandwidth: 9 TB/s"))
        said = self.refuse("--measured", "measured.csv", "--map", "./map.yaml")
        self.assertIn("error: a map cannot set 'cluster.gpu.hbm.bandwidth'", said)
        self.assertIn("it says what the source of the table says", said)

    def test_mistakes_in_a_map_have_places(self):
        self.write("measured.csv", HEADER + "a,plain,Llama,2,5\n")
        self.write("map.yaml", MAP.replace("group_by:", "groupby:").replace("skip: strange servers are not simulated",
                                                                            "set: {engine.block_size: 32}"))
        said = self.refuse("--measured", "measured.csv", "--map", "./map.yaml")
        self.assertIn("map.yaml:5:1: error: unknown key 'groupby'", said)
        self.assertIn("did you mean 'group_by'?", said)
        self.assertIn("a rule that sets keys needs its source", said)

    def test_a_metric_that_is_none(self):
        self.write("measured.csv", HEADER + "a,plain,Llama,2,5\n")
        self.write("map.yaml", MAP.replace("measured: {mean_tpot_ms", "measured: {mean_tpot"))
        self.assertIn("which is no metric here", self.refuse("--measured", "measured.csv", "--map", "./map.yaml"))

    def test_too_few_replicates(self):
        self.write("measured.csv", HEADER + "a,plain,Llama,2,5\n")
        self.write("map.yaml", MAP)
        said = self.refuse("--measured", "measured.csv", "--map", "./map.yaml", "--replicates", "5")
        self.assertIn("5 are too few for intervals of 90 % confidence", said)

    def test_nothing_to_compare_with(self):
        self.assertIn("give --measured FILE or --data DIR", self.refuse())
        self.assertIn("the table does not exist", self.refuse("--measured", "nowhere.csv"))
        self.write("other.csv", "a,b\n1,2\n")
        self.assertIn("no map knows the columns of 'other.csv'", self.refuse("--measured", "other.csv"))
        self.write("broken.json", "{")
        self.assertIn("this is no JSON", self.refuse("--measured", "broken.json"))
        self.assertIn("has none of the tables", self.refuse("--data", "."))

    def test_a_mistake_in_a_flag_is_told_once_and_not_as_skipped_rows(self):
        self.write("measured.csv", HEADER + "a,plain,Llama,2,5\nb,plain,Llama,4,5\n")
        self.write("map.yaml", MAP)
        said = self.refuse("--measured", "measured.csv", "--map", "./map.yaml", "--quiet", "--set", "engine.max_num_seq=3")
        self.assertEqual(said.count("unknown key 'max_num_seq'"), 1)


if __name__ == "__main__":
    main()
