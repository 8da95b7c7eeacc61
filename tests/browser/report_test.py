"""report.html in a real browser: is it drawn, offline, readable on a phone, and true to result.json?

Needs chromium (Debian) and playwright (tests/browser/requirements.txt); exit 77 without them.
KVSIM_BIN names the program; KVSIM_SCREENSHOTS, if set, a folder for pictures of the page.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))

from hand_made_plans import plan

CHROMIUM = "/usr/bin/chromium"
MOST_BYTES = 3_000_000
SCREENS = [(1200, "light"), (1200, "dark"), (360, "light"), (360, "dark"), (3840, "light")]


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


try:
    from playwright.sync_api import sync_playwright
except ImportError:
    skip("playwright is not installed (tests/browser/requirements.txt)")
if not os.path.exists(CHROMIUM):
    skip("chromium is not installed (apt-get install chromium)")


def write_report(folder, env=None, sets=("workload.num_requests=150",)):
    source = pathlib.Path(os.environ["KVSIM_SOURCE_DIR"])
    study = source / "configs" / "studies" / "mha-vs-mla.yaml"
    command = [os.environ["KVSIM_BIN"], "run", str(study), "--out", str(folder), "--quiet"]
    for each in sets:
        command += ["--set", each]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env)
    return folder / "report.html", json.loads((folder / "result.json").read_text())


def wait_for(page, script, arg=None):
    """Until it is true. Not page.wait_for_function, which needs the eval that the page forbids."""
    end = time.monotonic() + 30
    while not page.evaluate(script, arg):
        assert time.monotonic() < end, f"never true: {script}"
        time.sleep(0.02)


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
    wait_for(page, "[...document.querySelectorAll('.plot')].slice(0, 1).every(p => p.dataset.drawn)")
    first = time.monotonic() - begin
    wait_for(page,
             "[...document.querySelectorAll('.plot')].every(p => p.dataset.drawn || p.textContent)")
    print(f"{width} px, {scheme}: first chart after {first:.2f} s, all after "
          f"{time.monotonic() - begin:.2f} s")
    return page, trouble


OUTSIDE = """figure => {
  const box = figure.querySelector('svg').getBoundingClientRect();
  return [...figure.querySelectorAll('svg text')].filter(text => {
    const r = text.getBoundingClientRect();
    return text.getAttribute('opacity') !== '0' && r.width > 0 &&
      (r.left < box.left - 1 || r.right > box.right + 1 || r.top < box.top - 1);
  }).map(text => text.textContent);
}"""


def marks_of(figure):
    """What is drawn in the chart: dots, bars, areas and lines that have a path."""
    kinds = ("symbol", "rect", "area", "line")
    return figure.query_selector_all(", ".join(f"svg .mark-{kind} path[d]:not([d=''])" for kind in kinds))


def check_charts(page, runs):
    figures = page.query_selector_all("figure")
    assert len(figures) >= 15, f"{len(figures)} charts"
    for figure in figures:
        name = figure.query_selector("figcaption b").inner_text()
        assert marks_of(figure), f"no marks: {name}"
        assert figure.query_selector("[aria-label]").get_attribute("aria-label"), f"no label: {name}"
        outside = figure.evaluate(OUTSIDE)
        assert not outside, f"clipped in {name}: {outside}"
        box = figure.query_selector("svg").bounding_box()
        outer = figure.bounding_box()
        assert box["x"] + box["width"] <= outer["x"] + outer["width"] + 1, f"clipped: {name}"
    points = dots_of(page)
    assert len(points) == len(runs), f"{len(points)} points for {len(runs)} runs"


def dots_of(page):
    return page.query_selector("figure").query_selector_all("svg .mark-symbol.role-mark path")


def check_tables_behind_charts(page):
    """Every section with a chart has a table with its numbers."""
    for section in page.query_selector_all("section"):
        if section.query_selector("figure"):
            assert section.query_selector("table"), section.inner_text()[:80]


def check_hiding(page, runs):
    """A variant that is switched off leaves charts and tables, and comes back."""
    name = runs[0]["variant"]
    own = sum(run["variant"] == name for run in runs)
    page.uncheck(f"#variants input[value='{name}']")
    dots = "count => document.querySelectorAll('figure')[0].querySelectorAll(" \
        "'svg .mark-symbol.role-mark path').length === count"
    wait_for(page, dots, len(runs) - own)
    left = len(column_of(page, 1))
    assert left == len(runs) - own, f"{left} rows are left"
    page.check(f"#variants input[value='{name}']")
    wait_for(page, dots, len(runs))


def column_of(page, index):
    script = """index => [...document.querySelector('section table').tBodies[0].rows]
        .filter(row => !row.hidden).map(row => Number(row.cells[index].dataset.v))"""
    return page.evaluate(script, index)


def check_sorting_and_filter(page, runs):
    page.click("section:first-of-type summary")  # a table of that length waits folded
    head = page.query_selector("section:first-of-type th:nth-child(2)")
    before = column_of(page, 1)
    head.query_selector("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert column_of(page, 1) == sorted(before)
    head.query_selector("button").press("Enter")  # by keyboard, the other way
    assert head.get_attribute("aria-sort") == "descending"
    assert column_of(page, 1) == sorted(before, reverse=True)
    name = runs[-1]["variant"]
    page.fill("section:first-of-type .filter input", name.lower())
    assert len(column_of(page, 1)) == sum(run["variant"] == name for run in runs)
    page.fill("section:first-of-type .filter input", "")


def check_log_axis(page):
    figure = page.query_selector("figure")
    button = figure.query_selector(".tools button")
    assert button.inner_text() == "log x"
    before = figure.query_selector("svg").inner_html()
    button.click()
    wait_for(page, "before => document.querySelector('figure svg').innerHTML !== before", before)
    assert button.get_attribute("aria-pressed") == "true"
    assert len(dots_of(page)) > 0
    button.click()


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
    check_tables_behind_charts(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"the page is {wide} px wide on a screen of {width}"
    if "KVSIM_SCREENSHOTS" in os.environ:
        folder = pathlib.Path(os.environ["KVSIM_SCREENSHOTS"])
        page.screenshot(path=folder / f"report-{width}-{scheme}.png", full_page=True)
    page.context.close()


def check_many_runs(browser, folder):
    """A sweep of 52 runs: small, quick, and everything that can be clicked works."""
    rates = ", ".join(f"{rate}/s" for rate in range(1, 14))
    path, result = write_report(folder / "many", sets=(
        "workload.num_requests=400", f"sweep.workload.arrivals.request_rate=[{rates}]"))
    runs = result["runs"]
    assert len(runs) == 52, len(runs)
    size = path.stat().st_size
    print(f"report.html of {len(runs)} runs: {size} bytes")
    assert size < MOST_BYTES, size
    page, trouble = open_page(browser, path, 1200, "light")
    check_charts(page, runs)
    check_first_sentence(page, runs)
    check_hiding(page, runs)
    check_sorting_and_filter(page, runs)
    check_log_axis(page)
    assert not trouble, trouble
    page.context.close()
    check_page(browser, path, runs, 360, "dark")


def check_templates(browser, folder):
    for template in sorted((pathlib.Path(os.environ["KVSIM_SOURCE_DIR"]) / "reports" / "templates").glob("*.yaml")):
        out = folder / template.stem
        subprocess.run([os.environ["KVSIM_BIN"], "report", str(folder / "charts"), "--template",
                        template.stem, "--out", str(out), "--quiet"], check=True)
        page, trouble = open_page(browser, out / "report.html", 360, "light")
        assert not trouble, f"{template.stem}: {trouble}"
        for figure in page.query_selector_all("figure"):
            assert marks_of(figure), f"{template.stem}: {figure.inner_text()[:60]}"
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"{template.stem} is {wide} px wide"
        page.context.close()


def check_plans(browser, folder):
    """Pages of plans, of one question and of several, narrow and wide."""
    for name, factors in (("one", {"base": 5}), ("many", {"MLA": 1, "GQA-8": 2, "MHA": 9, "huge": None})):
        out = folder / f"plan-{name}"
        shutil.copytree(folder / "charts", out)
        plan(out, factors)
        subprocess.run([os.environ["KVSIM_BIN"], "report", str(out), "--template", "capacity", "--quiet"],
                       check=True)
        for width, scheme in ((1200, "light"), (360, "dark")):
            page, trouble = open_page(browser, out / "report.html", width, scheme)
            assert not trouble, trouble
            figures = page.query_selector_all("figure")
            assert len(figures) == (2 if name == "one" else 3), f"{len(figures)} charts"
            for figure in figures:
                title = figure.query_selector("figcaption b").inner_text()
                assert marks_of(figure), f"no marks: {title}"
                assert not figure.evaluate(OUTSIDE), f"clipped in {title}: {figure.evaluate(OUTSIDE)}"
            check_tables_behind_charts(page)
            assert page.inner_text(".headline").startswith("40 GPUs" if name == "one" else "MLA needs 8 GPUs")
            assert "--tensor-parallel-size" in page.inner_text("pre code")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if "KVSIM_SCREENSHOTS" in os.environ:
                page.screenshot(path=pathlib.Path(os.environ["KVSIM_SCREENSHOTS"]) /
                                f"plan-{name}-{width}-{scheme}.png", full_page=True)
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
        check_many_runs(browser, folder)
        check_templates(browser, folder)
        check_plans(browser, folder)
        check_page_without_charts(browser, folder)
        browser.close()
    print("ok")


main()
