"""report.html in a real browser: is it drawn, offline, readable on a phone, and true to result.json?

Needs chromium (Debian) and playwright (tests/browser/requirements.txt); exit 77 without them.
KVSIM_BIN names the program; KVSIM_SCREENSHOTS, if set, a folder for pictures of the page.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

CHROMIUM = "/usr/bin/chromium"
MOST_BYTES = 3_000_000
SCREENS = [(1200, "light"), (1200, "dark"), (360, "light"), (360, "dark")]


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


try:
    from playwright.sync_api import sync_playwright
except ImportError:
    skip("playwright is not installed (tests/browser/requirements.txt)")
if not os.path.exists(CHROMIUM):
    skip("chromium is not installed (apt-get install chromium)")


def write_report(folder, env=None):
    source = pathlib.Path(os.environ["KVSIM_SOURCE_DIR"])
    study = source / "configs" / "studies" / "mha-vs-mla.yaml"
    command = [os.environ["KVSIM_BIN"], "run", str(study), "--out", str(folder), "--quiet"]
    command += ["--set", "workload.num_requests=150"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env)
    return folder / "report.html", json.loads((folder / "result.json").read_text())


def open_page(browser, path, width, scheme):
    """The page after its charts were drawn, and what went wrong or over the network meanwhile."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    trouble = []
    page.on("console", lambda m: trouble.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda r: None if r.url == path.as_uri() else trouble.append(r.url))
    begin = time.monotonic()
    page.goto(path.as_uri())
    page.wait_for_function(
        "[...document.querySelectorAll('.plot')].every(p => p.dataset.drawn || p.textContent)")
    print(f"{width} px, {scheme}: loaded and drawn in {time.monotonic() - begin:.2f} s")
    return page, trouble


OUTSIDE = """figure => {
  const box = figure.querySelector('svg').getBoundingClientRect();
  return [...figure.querySelectorAll('svg text')].filter(text => {
    const r = text.getBoundingClientRect();
    return text.getAttribute('opacity') !== '0' && r.width > 0 &&
      (r.left < box.left - 1 || r.right > box.right + 1 || r.top < box.top - 1);
  }).map(text => text.textContent);
}"""


def check_charts(page, runs):
    figures = page.query_selector_all("figure")
    assert len(figures) == 6, f"{len(figures)} charts"
    for figure in figures:
        name = figure.query_selector("figcaption b").inner_text()
        marks = figure.query_selector_all("svg .mark-symbol path, svg .mark-rect path")
        assert marks, f"no marks: {name}"
        assert figure.query_selector("[aria-label]").get_attribute("aria-label"), f"no label: {name}"
        outside = figure.evaluate(OUTSIDE)
        assert not outside, f"clipped in {name}: {outside}"
        box = figure.query_selector("svg").bounding_box()
        outer = figure.bounding_box()
        assert box["x"] + box["width"] <= outer["x"] + outer["width"] + 1, f"clipped: {name}"
    points = figures[0].query_selector_all("svg .mark-symbol.role-mark path")
    assert len(points) == len(runs), f"{len(points)} points for {len(runs)} runs"


def check_first_sentence(page, runs):
    """KV tokens of the variant that holds the fewest, as in result.json."""
    sentence = page.inner_text(".headline")
    numbers = re.sub(r"(?<=\d)[ \u202f\u00a0](?=\d{3})", "", sentence)
    fewest = min(run["memory"]["kv_cache_tokens"] for run in runs)
    assert str(fewest) in numbers, f"{fewest} is not in: {sentence}"
    for run in runs:
        assert run["variant"] in sentence, f"{run['variant']} is not in: {sentence}"


def check_page(browser, path, runs, width, scheme):
    page, trouble = open_page(browser, path, width, scheme)
    assert not trouble, trouble
    check_charts(page, runs)
    check_first_sentence(page, runs)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"the page is {wide} px wide on a screen of {width}"
    if "KVSIM_SCREENSHOTS" in os.environ:
        folder = pathlib.Path(os.environ["KVSIM_SCREENSHOTS"])
        page.screenshot(path=folder / f"report-{width}-{scheme}.png", full_page=True)
    page.context.close()


def check_page_without_charts(browser, folder):
    env = dict(os.environ, KVSIM_VEGA_BUNDLE=str(folder / "none.js"))
    path, _ = write_report(folder / "plain", env)
    page, trouble = open_page(browser, path, 1200, "light")
    assert not trouble, trouble
    assert "This page has no charts" in page.inner_text("main")
    assert page.query_selector("figure") is None
    assert page.query_selector("table") is not None


def main():
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = pathlib.Path(name)
        path, result = write_report(folder / "charts")
        size = path.stat().st_size
        print(f"report.html: {size} bytes")
        assert size < MOST_BYTES
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width, scheme in SCREENS:
            check_page(browser, path, result["runs"], width, scheme)
        check_page_without_charts(browser, folder)
        browser.close()
    print("ok")


main()
