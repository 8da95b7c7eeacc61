#!/usr/bin/env python3
"""Runs the shipped studies and writes a page that shows what each asks, says and answers.

    python3 reports/gallery/gallery.py --kvsim build/release/kvsim [--requests N] [--out DIR] [STUDY.yaml ...]

OUT/index.html and OUT/index.md list the studies; OUT/<study>/ has report.html, report.md and result.json. All
appear together or, if a study fails, not at all. A study whose trace is absent is listed as skipped. Needs
nothing but Python: a study's own words are the comment on top of its file.

Exit codes: 0 ok, 1 a study failed, 2 your input.
"""

import argparse
import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STUDIES = ROOT / "configs/studies"
# The order of reading; others follow by name.
FIRST = ["mha-vs-mla", "step-bound", "gqa-groups", "fp8-kv-cache", "long-context", "sparse-attention",
         "deepseek-v3-h200", "prefix-cache-generated", "prefix-cache", "agent-loops", "chunk-size", "burstiness", "mixed-gpus"]
# What a study calls its trace, where the folder of data calls it otherwise.
NAMES_IN_DATA = {"conversation_trace.jsonl": "mooncake_conversation.jsonl"}
KEPT = ["report.html", "report.md", "result.json"]


class StudyFailed(Exception):
    pass


class BadInput(Exception):
    pass


@dataclass
class Entry:
    """A study on the page: its own words, and the answer or why there is none."""

    path: Path
    paragraphs: list
    headline: str = ""
    skipped: str = ""

    @property
    def name(self):
        return self.path.stem

    @property
    def question(self):
        return self.paragraphs[0]


# --- reading --------------------------------------------------------------------------------------


def read_entry(path):
    """The paragraphs of the comment on top; the first is the question. Indented lines are commands."""
    lines = []
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            break
        if "yaml-language-server" not in line:
            lines.append(line[1:].removeprefix(" ").rstrip())
    paragraphs = [p.strip("\n") for p in re.split(r"\n\s*\n", "\n".join(lines)) if p.strip()]
    if not paragraphs:
        raise BadInput(f"{path} has no comment on top that says what it asks")
    return Entry(path, [p if p.startswith("  ") else " ".join(p.split()) for p in paragraphs])


def setting(path, key):
    """The first value of a key, whatever map it stands in; None if there is none."""
    text = re.sub(r"#.*", "", path.read_text())
    found = re.search(rf"(?:^ *|[{{,] *){key}: *([^\s,}}]+)", text, re.MULTILINE)
    return found[1] if found else None


def find_trace(path, trace):
    """Where the study's trace lies: beside the study or among the data; None if nowhere."""
    places = [path.parent / trace]
    if os.environ.get("KVSIM_DATA_DIR"):
        places.append(Path(os.environ["KVSIM_DATA_DIR"], "traces", NAMES_IN_DATA.get(trace, trace)))
    return next((place.resolve() for place in places if place.is_file()), None)


# --- running --------------------------------------------------------------------------------------


def swaps(path, requests):
    """The --set options of a run, or None where the trace is absent."""
    options = []
    trace = setting(path, "trace")
    if trace:
        found = find_trace(path, trace)
        if not found:
            return None
        options += ["--set", f"workload.trace={found}"]
    if requests and requests < int(setting(path, "num_requests") or sys.maxsize):
        options += ["--set", f"workload.num_requests={requests}"]
    return options


def run_study(entry, kvsim, requests, out):
    options = swaps(entry.path, requests)
    if options is None:
        entry.skipped = f"its trace {setting(entry.path, 'trace')} is not here; the study says where to get it"
        return
    with tempfile.TemporaryDirectory(prefix=".run-", dir=out) as folder:
        done = subprocess.run([kvsim, "run", os.path.relpath(entry.path, ROOT), "--out", folder, "--quiet", *options],
                              cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise StudyFailed(f"{entry.name}: exit {done.returncode}\n{done.stderr}")
        (out / entry.name).mkdir()
        for name in KEPT:
            shutil.move(Path(folder, name), out / entry.name / name)
    entry.headline = headline_of(out / entry.name / "report.html")


def headline_of(report):
    found = re.search(r'<p class="headline">(.*?)</p>', report.read_text(), re.DOTALL)
    if not found:
        raise StudyFailed(f"{report.parent.name}: report.html has no headline")
    return html.unescape(re.sub(r"<[^>]+>", "", found[1]))


# --- writing --------------------------------------------------------------------------------------

STYLE = """
:root { color-scheme: light dark; --ink: #1a1d21; --dim: #565d66; --page: #fff; --line: #d5d9de; --mark: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --dim: #a4abb4; --page: #14171a; --line: #3a4048; --mark: #7db8f5; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 48rem; color: var(--ink); background: var(--page);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; }
a { color: var(--mark); }
section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.5rem; }
.headline { border-left: .25rem solid var(--mark); padding-left: .75rem; font-weight: 600; }
.skipped, .note { color: var(--dim); }
pre { overflow-x: auto; border: 1px solid var(--line); border-radius: .25rem; padding: .5rem .75rem; font-size: .9rem; }
nav li { margin: .15rem 0; }
@media print { :root { color-scheme: light; --ink: #000; --dim: #333; --page: #fff; --mark: #000; } }
"""
TITLE = "kvsim: a gallery of studies"
LABEL = re.compile(r"^(What it shows|By hand|How sure):")


def introduction(requests):
    text = ("Each study asks one question. Below it stands the answer of its report, composed from the run, and the "
            "study's own words. Every report is one file that needs no network.")
    if requests:
        text += (f" Made with at most {requests} requests a study, to try it out: the reports differ from what the "
                 "studies say of themselves, which holds for their full size.")
    return text


def shown_path(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name


def html_paragraph(text):
    if text.startswith("  "):
        return f"<pre>{html.escape(text)}</pre>"
    return "<p>" + LABEL.sub(r"<b>\1:</b>", html.escape(text)) + "</p>"


def html_section(entry):
    parts = [f'<section id="{entry.name}">', f"<h2>{html.escape(entry.question)}</h2>"]
    if entry.skipped:
        parts.append(f'<p class="skipped"><b>Skipped:</b> {html.escape(entry.skipped)}.</p>')
    else:
        parts.append(f'<p class="headline">{html.escape(entry.headline)}</p>')
    parts += [html_paragraph(text) for text in entry.paragraphs[1:]]
    if not entry.skipped:
        parts.append(f'<p><a href="{entry.name}/report.html">Report</a> (<a href="{entry.name}/report.md">Markdown</a>, '
                     f'<a href="{entry.name}/result.json">JSON</a>)</p>')
    parts += [f'<p class="note"><code>kvsim run {html.escape(str(shown_path(entry.path)))}</code></p>', "</section>"]
    return "\n".join(parts)


def html_page(entries, requests):
    contents = "\n".join(f'<li><a href="#{e.name}">{html.escape(e.question)}</a>{" (skipped)" if e.skipped else ""}</li>'
                         for e in entries)
    sections = "\n".join(html_section(entry) for entry in entries)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'">
<title>{TITLE}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{TITLE}</h1>
<p>{introduction(requests)}</p>
<nav aria-label="Studies">
<ul>
{contents}
</ul>
</nav>
{sections}
</main>
</body>
</html>
"""


def markdown(text):
    """Escapes what Markdown would read as more than text."""
    return re.sub(r"([\\`*_<>\[\]|])", r"\\\1", text)


def markdown_section(entry):
    parts = [f"## {markdown(entry.question)}"]
    parts.append(f"*Skipped: {markdown(entry.skipped)}.*" if entry.skipped else f"**{markdown(entry.headline)}**")
    for text in entry.paragraphs[1:]:
        parts.append(f"```\n{text}\n```" if text.startswith("  ") else LABEL.sub(r"**\1:**", markdown(text)))
    if not entry.skipped:
        parts.append(f"[Report]({entry.name}/report.html) ([Markdown]({entry.name}/report.md), "
                     f"[JSON]({entry.name}/result.json))")
    parts.append(f"`kvsim run {shown_path(entry.path)}`")
    return "\n\n".join(parts)


def markdown_page(entries, requests):
    sections = "\n\n".join(markdown_section(entry) for entry in entries)
    return f"# {TITLE}\n\n{introduction(requests)}\n\n{sections}\n"


# --- all of it ------------------------------------------------------------------------------------


def ours(out):
    """The folders that an earlier gallery in `out` made."""
    page = out / "index.html"
    return set(re.findall(r'href="([^"/#]+)/report\.html"', page.read_text())) if page.is_file() else set()


def refuse_to_overwrite(out, names):
    for name in names - ours(out):
        if (out / name).exists():
            raise BadInput(f"{out / name} is in the way: no gallery made it. Move it, or choose another --out")


def install(new, out):
    """Puts the finished gallery in the place of the old one."""
    for name in ours(out):
        shutil.rmtree(out / name, ignore_errors=True)
    for item in sorted(new.iterdir(), key=lambda path: path.name == "index.html"):  # the page last
        os.replace(item, out / item.name)


def make_gallery(paths, kvsim, requests, out):
    entries = [read_entry(path) for path in paths]
    refuse_to_overwrite(out, {entry.name for entry in entries})
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".gallery-", dir=out) as folder:
        new = Path(folder)
        for entry in entries:
            print(f"{entry.name} ...", file=sys.stderr, flush=True)
            run_study(entry, kvsim, requests, new)
            if entry.skipped:
                print(f"  skipped: {entry.skipped}", file=sys.stderr)
        (new / "index.html").write_text(html_page(entries, requests))
        (new / "index.md").write_text(markdown_page(entries, requests))
        install(new, out)


def reading_order(path):
    return (FIRST.index(path.stem) if path.stem in FIRST else len(FIRST), path.stem)


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def arguments():
    parser = argparse.ArgumentParser(description="Runs the shipped studies and writes a page about them.")
    parser.add_argument("studies", nargs="*", type=Path, metavar="STUDY.yaml", help="these; absent: all that are shipped")
    parser.add_argument("--kvsim", default=str(ROOT / "build/release/kvsim"), help="the program")
    parser.add_argument("--requests", type=positive, metavar="N", help="at most so many a study; absent: as the study says")
    parser.add_argument("--out", type=Path, default=ROOT / "reports/gallery", metavar="DIR", help="default: reports/gallery")
    return parser.parse_args()


def main():
    given = arguments()
    paths = [path.resolve() for path in given.studies] or sorted(STUDIES.glob("*.yaml"), key=reading_order)
    try:
        make_gallery(paths, os.path.abspath(given.kvsim), given.requests, given.out.resolve())
    except StudyFailed as failure:
        sys.exit(f"gallery: a study failed, nothing was written. {failure}")
    except (BadInput, OSError) as failure:
        print(f"gallery: {failure}", file=sys.stderr)
        sys.exit(2)
    print(given.out.resolve() / "index.html")


if __name__ == "__main__":
    main()
