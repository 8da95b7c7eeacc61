#!/usr/bin/env python3
"""Do the shipped files satisfy the schemas, and are wrong ones refused?

Needs PyPI jsonschema and pyyaml (requirements.txt); exits 77 (skipped) without them.
"""

import copy
import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

try:
    import jsonschema
    import yaml
except ImportError as error:
    print(f"skipped: {error}; ./dev test installs requirements.txt into .venv")
    sys.exit(77)

ROOT = Path(os.environ.get("KVSIM_SOURCE_DIR", Path(__file__).resolve().parents[2]))
KVSIM = os.environ.get("KVSIM_BIN", str(ROOT / "build/release/kvsim"))

KINDS = ["study", "model", "gpu", "engine", "card", "workload"]
FOLDERS = {
    "study": "configs/studies",
    "model": "configs/models",
    "gpu": "configs/gpus",
    "engine": "configs/engines",
    "workload": "configs/workloads",
    "card": "calibration/cards",
}
MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)$")


class Loader(yaml.SafeLoader):
    """YAML as editors read it (1.2): `on` and `yes` are words, 12:30 is no number."""


Loader.yaml_implicit_resolvers = {
    key: [(tag, pattern) for tag, pattern in resolvers
          if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:int",
                         "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp")]
    for key, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), "tf")
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), "-+0123456789")
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"), "-+.0123456789")


def load(text):
    return yaml.load(text, Loader=Loader)


def schema(kind):
    run = subprocess.run([KVSIM, "schema", kind], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


SCHEMAS = {}


def errors(kind, document):
    if kind not in SCHEMAS:
        SCHEMAS[kind] = jsonschema.Draft7Validator(schema(kind))
    return [f"{'.'.join(map(str, e.absolute_path))}: {e.message}"
            for e in SCHEMAS[kind].iter_errors(document)]


def shipped():
    for kind, folder in FOLDERS.items():
        for path in sorted((ROOT / folder).glob("*.y*ml")):
            yield kind, path


STUDY = """
version: 1
name: small
model: llama-3.1-8b
cluster: {gpu: h100-sxm, replicas: 1}
engine: {profile: vllm-0.24, max_num_batched_tokens: 8k}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {fixed: 100}, output: {lognormal: {mean: 200, p99: 600}}, max_tokens: output}
  num_requests: 1e3
slo: {ttft: {p99: 2s}}
"""

# What makes the study wrong: a dotted key and the value it gets; None takes the key away.
WRONG = {
    "typo in a key": ("engine.tensor_paralel_size", 8),
    "typo at the root": ("modell", "llama-3.1-8b"),
    "no unit": ("slo.ttft.p99", 2),
    "no unit, as text": ("slo.ttft.p99", "2"),
    "unit of another dimension": ("slo.ttft.p99", "2 GiB"),
    "rate without its slash": ("workload.arrivals.request_rate", "4 s"),
    "leading zero": ("workload.arrivals.request_rate", "010/s"),
    "no such choice": ("engine.kv_cache_dtype", "fp8_e4m4"),
    "two alternatives": ("workload.lengths.prompt.uniform", {"min": 1, "max": 2}),
    "no alternative": ("workload.lengths.prompt", {}),
    "key of another choice": ("workload.arrivals.burstiness", 2),
    "key that the choice needs": ("workload.arrivals", {"process": "gamma", "request_rate": "4/s"}),
    "missing key": ("engine.profile", None),
    "missing section": ("workload", None),
    "below the minimum": ("cluster.replicas", 0),
    "above the maximum": ("engine.gpu_memory_utilization", 1.5),
    "at an excluded minimum": ("engine.gpu_memory_utilization", 0),
    "negative size": ("engine.non_torch_memory", "-1 GiB"),
    "yes for true": ("engine.enforce_eager", "yes"),
    "fraction of a whole": ("engine.max_num_seqs", 1.5),
    "word that is no keyword": ("workload.lengths.max_tokens", "outputs"),
    "other version": ("version", 2),
    "list for a map": ("engine", []),
    "variant without a name": ("variants", [{"engine.block_size": 32}]),
    "variant with a typo": ("variants", [{"name": "a", "engine.blocksize": 32}]),
    "variant with a wrong value": ("variants", [{"name": "a", "engine.kv_cache_dtype": "fp9"}]),
    "variant that mixes choices": (
        "variants", [{"name": "a", "model.attention": {"variant": "mha", "kv_lora_rank": 512}}]),
    "sweep without a list": ("sweep", {"workload.arrivals.request_rate": "1/s"}),
    "sweep without a unit": ("sweep", {"workload.arrivals.request_rate": [1, 2]}),
    "typo in a pool": ("cluster", {"pools": {"old": {"gpu": "l40s", "replica": 2}}}),
    "pool with a wrong engine": ("cluster", {"pools": {"old": {"gpu": "l40s", "replicas": 2,
                                                                "engine": {"blocksize": 16}}}}),
    "variant with a typo in a pool": ("variants", [{"name": "a", "cluster.pools.old.replica": 2}]),
    "price of nothing": ("variants", [{"name": "a", "prices.gpu_hour.h100-sxm": 0}]),
    "sweep of the report": ("sweep", {"report.template": ["a"]}),
}

RIGHT = {
    "another alternative": ("workload.lengths.prompt", {"uniform": {"min": 1, "max": 2}}),
    "a model as a map": ("model", "deepseek-v3.yaml"),  # the test puts the content here
    "null takes a key away": ("engine.max_num_seqs", None),
    "a word of SGLang": ("engine.tp_size", 4),
    "time without a blank": ("slo.ttft.p99", "1.5e3ms"),
    "minutes": ("workload.arrivals.request_rate", "90/min"),
    "all at once": ("workload.arrivals", {"process": "all_at_once"}),
    "a workload of another tool": ("workload", {"from": "inference-perf.yml",
                                                "num_requests": 100}),
    "variants": ("variants", [{"name": "a", "model": "llama-3.1-70b"},
                              {"name": "b", "model.attention": {"variant": "mqa"}},
                              {"name": "c", "engine.tp_size": 4}]),
    "pools": ("cluster", {"router": "least_kv", "pools": {
        "old": {"gpu": "l40s", "replicas": 2, "engine": {"tp_size": 2}}, "new": {"replicas": 0}}}),
    "variants of pools": ("variants", [{"name": "a", "cluster.pools.old.replicas": 2},
                                       {"name": "b", "cluster.pools.old.engine.block_size": 32},
                                       {"name": "c", "cluster.pools.old": None}]),
    "sweep of prices and pools": ("sweep", {"prices.gpu_hour.h100-sxm": [2, 2.5],
                                            "cluster.pools.old.replicas": [0, 1]}),
    "sweep": ("sweep", {"workload.arrivals.request_rate": ["1/s", "2/s"],
                        "engine.max_num_seqs": [8, 16]}),
}


def changed(document, key, value, null=False):
    document = copy.deepcopy(document)
    at = document
    *way, last = key.split(".")
    for part in way:
        at = at.setdefault(part, {})
    if value is None and not null:
        del at[last]
    else:
        at[last] = value
    return document


class Schemas(unittest.TestCase):
    def test_are_valid_draft_07(self):
        for kind in KINDS:
            with self.subTest(kind):
                text = schema(kind)
                self.assertEqual(text["$schema"], "http://json-schema.org/draft-07/schema#")
                jsonschema.Draft7Validator.check_schema(text)

    def test_every_key_is_described(self):
        def walk(where, node):
            for key, child in node.get("properties", {}).items():
                if isinstance(child, dict) and "$ref" not in child and "type" in node:
                    if not {"variants", "sweep", "search"} & set(where.split(".")):
                        self.assertTrue(child.get("description"), f"{where}.{key}")
                    walk(f"{where}.{key}", child)
        for kind in KINDS:
            walk(kind, schema(kind))

    def test_accept_what_ships(self):
        self.assertGreater(len(list(shipped())), 20)
        for kind, path in shipped():
            with self.subTest(path.name):
                self.assertEqual(errors(kind, load(path.read_text())), [])

    def test_are_named_by_what_ships(self):
        for kind, path in shipped():
            with self.subTest(path.name):
                match = MODELINE.match(path.read_text().split("\n", 1)[0])
                self.assertTrue(match, "the first line is not a yaml-language-server modeline")
                target = (path.parent / match.group(1)).resolve()
                self.assertEqual(target.name, f"{kind}.schema.json")
                self.assertTrue(target.is_file(), f"{target} is missing")


class Studies(unittest.TestCase):
    def setUp(self):
        self.study = load(STUDY)

    def test_right_ones_are_accepted(self):
        self.assertEqual(errors("study", self.study), [])
        model = load((ROOT / "configs/models/deepseek-v3.yaml").read_text())
        for what, (key, value) in RIGHT.items():
            with self.subTest(what):
                value = model if key == "model" else value
                self.assertEqual(errors("study", changed(self.study, key, value, null=True)), [])

    def test_wrong_ones_are_refused(self):
        for what, (key, value) in WRONG.items():
            with self.subTest(what):
                self.assertNotEqual(errors("study", changed(self.study, key, value)), [])

    def test_parts_may_lack_what_others_bring(self):
        self.assertEqual(errors("study", load("extends: base.yaml\nname: b\n")), [])
        self.assertEqual(errors("model", load("extends: base.yaml\nnum_hidden_layers: 4\n")), [])
        self.assertNotEqual(errors("study", load("extends: base.yaml\nengin: {}\n")), [])
        self.assertNotEqual(errors("model", load("num_hidden_layers: 4\n")), [])


class Init(unittest.TestCase):
    def test_study_satisfies_the_schema_and_check(self):
        import tempfile
        for model, gpu in [("llama-3.1-8b", "h100-sxm"), ("deepseek-v3", "h200-sxm"),
                           ("llama-3.1-70b", "a100-80gb-sxm"), ("llama-2-7b", "l40s")]:
            with self.subTest(f"{model} on {gpu}"), tempfile.TemporaryDirectory() as folder:
                study = Path(folder) / "study.yaml"
                init = [KVSIM, "init", "--model", model, "--gpu", gpu, "--out", str(study)]
                subprocess.run(init, check=True, capture_output=True)
                text = study.read_text()
                self.assertRegex(text.split("\n", 1)[0], MODELINE)
                self.assertEqual(errors("study", load(text)), [])
                check = subprocess.run([KVSIM, "check", str(study)], capture_output=True, text=True)
                self.assertEqual(check.returncode, 0, check.stderr)
                again = subprocess.run(init, capture_output=True, text=True)
                self.assertEqual(again.returncode, 2)
                self.assertIn("there already", again.stderr)
                self.assertEqual(study.read_text(), text)

    def test_says_when_nothing_fits(self):
        run = subprocess.run([KVSIM, "init", "--model", "llama-3.1-70b", "--gpu", "h100-sxm",
                              "--tp", "1"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 4, run.stderr)
        self.assertEqual(run.stdout, "")

    def test_unknown_names_are_the_users_fault(self):
        run = subprocess.run([KVSIM, "init", "--model", "lama-3.1-8b"], capture_output=True,
                             text=True)
        self.assertEqual(run.returncode, 2)
        self.assertIn("did you mean 'llama-3.1-8b'", run.stderr)


if __name__ == "__main__":
    unittest.main()
