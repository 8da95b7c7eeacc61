#!/usr/bin/env python3
"""Does the gallery show every study with its answer, without a dead link, and never half of it?"""

import re
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path

from kvsim_cli import BIN, OK, OUR_FAILURE, SOURCE, TINY, TRACED, YOUR_INPUT, CliTest, azure_lines, environment, files_below, main

STUDIES = sorted(path.stem for path in (SOURCE / "configs/studies").glob("*.yaml"))
TRACES = {"azure-conv": "azure_2023_conv.csv", "prefix-cache": "conversation_trace.jsonl"}
NEED_A_TRACE = [name for name, trace in TRACES.items() if not (SOURCE / "configs/studies" / trace).exists()]
FILES = ["report.html", "report.md", "result.json"]
COMMENT = "# Is a gallery of one a gallery?\n#\n# Some *words* of\n# <text>.\n#\n#   kvsim run it\n"


def gallery(*args, data=""):
    command = [sys.executable, "-B", SOURCE / "reports/gallery/gallery.py", "--kvsim", BIN, *args]
    return subprocess.run(list(map(str, command)), env=environment(KVSIM_DATA_DIR=str(data)), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)


class Page(HTMLParser):
    """What a browser would find: tags, ids, links and words."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.ids, self.links, self.words = set(), set(), [], []
        self.feed(path.read_text())
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.add(tag)
        self.ids.add(values.get("id"))
        self.links += [values[key] for key in ("href", "src") if key in values]

    def handle_data(self, data):
        self.words.append(data)


class ShippedGallery(CliTest):
    """All shipped studies with few requests and without data, made once."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="kvsim-gallery-")
        cls.addClassCleanup(folder.cleanup)
        cls.out = Path(folder.name)
        done = gallery("--requests", 300, "--out", cls.out)
        assert done.returncode == OK, done.stderr
        cls.page = Page(cls.out / "index.html")

    def test_each_study_has_its_three_files_and_nothing_else_is_there(self):
        shown = [name for name in STUDIES if name not in NEED_A_TRACE]
        expected = ["index.html", "index.md", *shown, *(f"{name}/{file}" for name in shown for file in FILES)]
        self.assertEqual(files_below(self.out), sorted(expected))

    def test_no_link_is_dead(self):
        self.assertGreater(len(self.page.links), 3 * (len(STUDIES) - len(NEED_A_TRACE)))
        for link in self.page.links:
            file, _, anchor = link.partition("#")
            self.assertTrue((self.out / file).is_file() if file else anchor in self.page.ids, link)
        for link in re.findall(r"\]\(([^)]*)\)", (self.out / "index.md").read_text()):
            self.assertTrue((self.out / link).is_file(), link)

    def test_a_page_without_scripts_or_network_that_fits_a_phone(self):
        self.assertFalse(self.page.tags & {"script", "link", "img", "iframe"})
        source = (self.out / "index.html").read_text()
        self.assertNotIn("url(", source)
        self.assertIn("default-src 'none'", source)
        self.assertIn('name="viewport" content="width=device-width', source)
        self.assertIn("prefers-color-scheme: dark", source)

    def test_the_readme_lists_them_all(self):
        listed = re.findall(r"`([a-z0-9-]+)`", (SOURCE / "README.md").read_text())
        self.assertEqual(set(STUDIES) - set(listed), set())

    def test_each_headline_is_that_of_the_report(self):
        for name in set(STUDIES) - set(NEED_A_TRACE):
            with self.subTest(study=name):
                headline = re.search(r"^\*\*(.*)\*\*$", (self.out / name / "report.md").read_text(), re.MULTILINE)[1]
                self.assertIn(headline, self.page.text)
                self.assertIn(f"**{headline}**", (self.out / "index.md").read_text())

    def test_what_is_left_out_is_said(self):
        text = (self.out / "index.md").read_text()
        for trace in map(TRACES.get, NEED_A_TRACE):
            self.assertRegex(self.page.text, f"Skipped: its trace {trace} is not here")
            self.assertIn("Skipped: its trace " + trace.replace("_", r"\_"), text)
        self.assertIn("at most 300 requests a study", self.page.text)
        self.assertIn("at most 300 requests a study", text)


class OneStudy(CliTest):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "gallery"

    def study(self, text, name="one.yaml"):
        return self.write(name, COMMENT + text)

    def test_the_comment_is_shown_as_it_is(self):
        self.assertEqual(gallery(self.study(TINY), "--out", self.out).returncode, OK)
        page = Page(self.out / "index.html")
        self.assertIn("Is a gallery of one a gallery?", page.text)
        self.assertIn("Some *words* of <text>.", page.text)
        self.assertIn("pre", page.tags)
        self.assertNotIn("Made with at most", page.text)
        self.assertIn(r"Some \*words\* of \<text\>.", (self.out / "index.md").read_text())

    def test_a_study_that_fails_leaves_the_old_gallery(self):
        self.assertEqual(gallery(self.study(TINY), "--out", self.out).returncode, OK)
        before = {name: (self.out / name).read_bytes() for name in files_below(self.out) if (self.out / name).is_file()}
        bad = self.study(TINY.replace("llama-3.1-8b", "llama-9"), "two.yaml")
        done = gallery(self.folder / "one.yaml", bad, "--out", self.out)
        self.assertEqual((done.returncode, done.stdout), (OUR_FAILURE, ""))
        self.assertIn("two: exit 2", done.stderr)
        self.assertIn("llama-9", done.stderr)
        after = {name: (self.out / name).read_bytes() for name in files_below(self.out) if (self.out / name).is_file()}
        self.assertEqual(after, before)

    def test_a_new_gallery_takes_the_place_of_the_old_one(self):
        gallery(self.study(TINY, "old.yaml"), "--out", self.out)
        self.write("gallery/README.md", "stays")
        self.assertEqual(gallery(self.study(TINY, "new.yaml"), "--out", self.out).returncode, OK)
        self.assertEqual(files_below(self.out), sorted(["README.md", "index.html", "index.md", "new",
                                                        *(f"new/{file}" for file in FILES)]))

    def test_a_folder_of_somebody_else_is_not_overwritten(self):
        mine = self.write("gallery/one/result.json", "mine")
        done = gallery(self.study(TINY), "--out", self.out)
        self.assertEqual(done.returncode, YOUR_INPUT)
        self.assertIn("is in the way", done.stderr)
        self.assertEqual((mine.read_text(), files_below(self.out)), ("mine", ["one", "one/result.json"]))

    def test_a_trace_is_found_beside_the_study_or_among_the_data(self):
        study = self.study(TRACED)
        self.write("data/traces/trace.csv", azure_lines(20))
        for data, skipped in (("", True), (self.folder / "data", False)):
            self.assertEqual(gallery(study, "--out", self.out, data=data).returncode, OK)
            self.assertEqual("Skipped" in Page(self.out / "index.html").text, skipped)
        self.write("trace.csv", azure_lines(20))
        self.assertEqual(gallery(study, "--out", self.out, "--requests", 5).returncode, OK)
        self.assertIn('"completed": 5,', (self.out / "one/result.json").read_text())

    def test_bad_input_is_named(self):
        silent = self.write("silent.yaml", TINY)
        for args, words in (((silent,), "has no comment on top"), (("--requests", 0), "at least 1"),
                            ((self.folder / "absent.yaml",), "absent.yaml")):
            done = gallery(*args, "--out", self.out)
            self.assertEqual((done.returncode, done.stdout), (YOUR_INPUT, ""), done.stderr)
            self.assertIn(words, done.stderr)
            self.assertFalse(self.out.exists())


if __name__ == "__main__":
    main()
