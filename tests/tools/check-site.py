#!/usr/bin/env python3
"""check-site.py - look at the served site as a browser does.

  check-site.py [-o FOLDER] CHROMIUM POOL SINGLE SILENT SITE-FOLDER

Run by check-site.sh, with three servers of SITE-FOLDER: http://127.0.0.1:PORT/
of stage 4, of stage 1, and of stage 4 without -x.

- every page of the folder is fetched; its links and pictures, and the anchors
  they name, must be there
- every page is opened in Chromium at 390 pixels: no script may fail, nothing
  may be wider than the phone
- the hints fold and unfold
- a page is printed with its hints and without
- a worker is killed while the live page is open: the page must show it, and
  who took its place
- where there are no workers, or no counters, the live page says so

With -o, screenshots and printed pages are left in FOLDER. The last line is
"N passed, N failed, N skipped".

Chromium is spoken to in the DevTools protocol over two pipes.
"""
import argparse
import base64
import html.parser
import http.client
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

DEADLINE_S = 60  # only decides when to give up


class Browser:
    """One Chromium with one page."""

    def __init__(self, program, folder):
        to_browser, self.writing = os.pipe()
        self.reading, from_browser = os.pipe()

        def become_3_and_4():
            # Whatever the numbers are: out of the way first, then into place.
            copy_in = os.dup(to_browser)
            copy_out = os.dup(from_browser)
            os.dup2(copy_in, 3)
            os.dup2(copy_out, 4)
            os.set_inheritable(3, True)
            os.set_inheritable(4, True)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu",
             "--disable-quic", "--no-first-run", "--no-default-browser-check",
             "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
             "--user-data-dir=" + folder, "--remote-debugging-pipe",
             "about:blank"],
            preexec_fn=become_3_and_4, close_fds=False,
            start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.number = 0
        self.session = None
        self.events = []
        target = self.ask("Target.createTarget", url="about:blank")
        self.session = self.ask("Target.attachToTarget", flatten=True,
                                targetId=target["targetId"])["sessionId"]
        for domain in "Page", "Runtime", "Log", "Network":
            self.ask(domain + ".enable")

    def receive(self, until):
        while b"\0" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.reading], [], [], left)[0]:
                raise TimeoutError("Chromium does not answer")
            data = os.read(self.reading, 1 << 20)
            if not data:
                raise EOFError("Chromium has ended")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + DEADLINE_S
        while True:
            answer = self.receive(until)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, url):
        self.events.clear()
        self.ask("Page.navigate", url=url)
        until = time.monotonic() + DEADLINE_S
        while not any(event["method"] == "Page.loadEventFired"
                      for event in self.events):
            self.events.append(self.receive(until))

    def value(self, expression):
        result = self.ask("Runtime.evaluate", expression=expression,
                          returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait_for(self, expression):
        """Until it is true; returns its value, the last one in any case."""
        until = time.monotonic() + DEADLINE_S
        while True:
            value = self.value(expression)
            if value or time.monotonic() > until:
                return value
            time.sleep(0.1)  # the page itself asks once a second

    def complaints(self):
        """What scripts and requests of the page went wrong with."""
        found = []
        for event in self.events:
            if event["method"] == "Runtime.exceptionThrown":
                details = event["params"]["exceptionDetails"]
                found.append(details.get("exception", {}).get("description",
                                                              details["text"]))
            elif event["method"] == "Log.entryAdded":
                entry = event["params"]["entry"]
                if entry["level"] == "error":
                    found.append(entry["text"] + " " + entry.get("url", ""))
        return found

    def size(self, width, height, mobile=False, scale=1):
        self.ask("Emulation.setDeviceMetricsOverride", width=width,
                 height=height, deviceScaleFactor=scale, mobile=mobile)

    def look(self, path, whole=False):
        picture = self.ask("Page.captureScreenshot", format="png",
                           captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(picture["data"]))

    def print(self):
        return base64.b64decode(self.ask(
            "Page.printToPDF", preferCSSPageSize=True,
            printBackground=False)["data"])

    def end(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


class Links(html.parser.HTMLParser):
    """What a page links to, and what can be linked to in it."""

    def __init__(self, text):
        super().__init__()
        self.targets = []
        self.ids = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("href", "src"):
                self.targets.append(value)
            elif name == "id":
                self.ids.append(value)


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, complaints):
        if complaints:
            self.failed += 1
            print(f"FAIL  {name}")
            for line in complaints:
                print(f"      {line}")
        else:
            self.passed += 1
            print(f"ok    {name}")


def fetch(url):
    """Status and text of a page, by the server."""
    try:
        with urllib.request.urlopen(url, timeout=DEADLINE_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def check_links(base, pages, folder):
    """Every link of every page, fetched from the server."""
    complaints = []
    found = {}

    def load(url):
        if url not in found:
            status, text = fetch(url)
            is_page = urllib.parse.urlparse(url).path.endswith((".html", "/"))
            found[url] = status, Links(text) if is_page else None
        return found[url]

    for page in pages:
        status, links = load(base + page)
        if status != 200:
            complaints.append(f"{page}: status {status}")
            continue
        twice = {i for i in links.ids if links.ids.count(i) > 1}
        if twice:
            complaints.append(f"{page}: more than once: id {', '.join(twice)}")
        for target in set(links.targets):
            url, anchor = urllib.parse.urldefrag(
                urllib.parse.urljoin(base + page, target))
            if not url.startswith(base):
                if url.startswith("http://127.0.0.1"):
                    continue  # the reader's own server
                if not url.startswith(("http://", "https://")):
                    complaints.append(f"{page}: link to {target}")
                continue
            status, there = load(url)
            if status != 200:
                complaints.append(f"{page}: link to {target}: status {status}")
            elif anchor and (not there or
                             urllib.parse.unquote(anchor) not in there.ids):
                complaints.append(f"{page}: link to {target}: no such anchor")
    hidden = [str(p) for p in folder.rglob(".*")]
    if hidden:
        complaints.append("hidden files lie in the site: " + " ".join(hidden))
    return complaints


def check_phone(browser, base, pages, out):
    """Every page at 390 pixels: no script fails, nothing sticks out."""
    complaints = []
    browser.size(390, 844, mobile=True, scale=2)
    for page in pages:
        browser.open(base + page)
        width = browser.value("document.scrollingElement.scrollWidth")
        if width > 390:
            worst = browser.value(
                "[...document.querySelectorAll('main *')].filter(e => "
                "e.getBoundingClientRect().right > 391 && "
                "!e.closest('pre, .scroll')).map(e => e.outerHTML"
                ".slice(0, 80))[0]")
            complaints.append(f"{page}: {width} pixels wide: {worst}")
        broken = browser.value(
            "[...document.images].filter(i => !i.naturalWidth).length")
        if broken:
            complaints.append(f"{page}: {broken} pictures cannot be seen")
        complaints += [f"{page}: {text}" for text in browser.complaints()]
        if out and (page.count("/") == 0 or page.startswith("notes/") or
                    page.endswith(("loop.c.html", "README.html"))):
            browser.look(out / f"phone-{page.replace('/', '-')}.png")
    return complaints


def check_hints(browser, base, page):
    complaints = []
    all_open = "[...document.querySelectorAll('details.hint')].every(d => d.open)"
    none_open = "!document.querySelector('details.hint[open]')"
    browser.open(base + page)
    if not browser.value(none_open):
        complaints.append("hints are open before anybody asks")
    browser.value("document.querySelector('button.hints').click()")
    if not browser.value(all_open):
        complaints.append("the button does not open the hints")
    browser.open(base + page + "?hints")
    if not browser.value(all_open):
        complaints.append("?hints does not open the hints")
    return complaints


def paper(pdf):
    """The words of a printed page, where pdftotext is installed."""
    if not shutil.which("pdftotext"):
        return None
    return subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf,
                          stdout=subprocess.PIPE, check=True).stdout.decode()


def check_print(browser, base, page, out):
    complaints = []
    for name, query, wanted in (("without", "", False), ("with", "?hints", True)):
        browser.open(base + page + query)
        pdf = browser.print()
        if out:
            (out / f"print-{name}-hints.pdf").write_bytes(pdf)
        words = paper(pdf)
        if words is not None and ("Hint 3: the shape" in words) != wanted:
            complaints.append(f"printed {name} hints: they are "
                              + ("missing" if wanted else "there"))
    return complaints


LOG_LINES = "[...document.querySelectorAll('#log li')].map(li => li.textContent)"


def told(browser, pattern):
    """Waits for a line of the live page's log like this one."""
    return browser.wait_for(f"{LOG_LINES}.find(t => /{pattern}/.test(t))")


def check_replacing(browser, base, main_process):
    """SIGHUP while a request is half sent: its worker is draining, not gone."""
    host, port = base[7:-1].rsplit(":", 1)
    with socket.create_connection((host, int(port)), DEADLINE_S) as client:
        client.sendall(b"GET /style.css HTTP/1.1\r\nHost: page\r\n\r\nGET /")
        client.recv(1)  # so a worker has read both, the half one too
        os.kill(main_process, signal.SIGHUP)
        line = told(browser, "is draining")
        if not line:
            return ["SIGHUP: the page says of nobody that it is draining"]
        old = re.search(r"Process (\d+)", line).group(1)
        if old in browser.value(
                f"{LOG_LINES}.filter(t => t.includes('ended')).join()"):
            return [f"SIGHUP: the page says that {old} has ended; it drains"]
    if not told(browser, f"Process {old} has ended"):
        return [f"SIGHUP: the page does not say that {old} has ended"]
    return []


def check_live(browser, base, out):
    """Kill the last worker while the page is open."""
    complaints = []
    stats = json.loads(fetch(base + ".stats")[1])
    victim = stats["workers"][-1]["pid"]
    cells = "[...document.querySelectorAll('#workers td:first-child')]" \
        ".map(td => parseInt(td.textContent))"
    browser.size(1100, 1000)
    browser.open(base + "live.html")
    if not browser.wait_for(f"{cells}.includes({victim})"):
        return [f"process {victim} is not on the page"]
    os.kill(victim, signal.SIGKILL)
    if not told(browser, f"Process {victim} has ended"):
        complaints.append("the page does not say that the worker is gone: "
                          + browser.value("document.body.innerText"))
    if browser.value(f"{cells}.includes({victim})"):
        complaints.append(f"the dead process {victim} is still shown")
    count = len(stats["workers"])
    if not browser.wait_for(f"{cells}.filter(n => n > 0).length === {count}"):
        complaints.append("nobody has taken the dead worker's place")
    if browser.value("document.getElementById('main').textContent") \
            != str(stats["pid"]):
        complaints.append("the main process's number is not shown")
    # A little load, for the numbers and for whoever looks at the picture.
    connection = http.client.HTTPConnection(base[7:-1], timeout=DEADLINE_S)
    for _ in range(300):
        connection.request("GET", "/style.css")
        connection.getresponse().read()
    connection.close()
    if not browser.wait_for(
            "[...document.querySelectorAll('#workers td:nth-child(8)')]"
            ".some(td => parseInt(td.textContent.replace(',', '')) >= 300)"):
        complaints.append("300 requests are not on the page")
    if not browser.wait_for(
            "[...document.querySelectorAll('.spark .line')]"
            ".some(p => p.getAttribute('d').includes('L'))"):
        complaints.append("there is no chart")
    complaints += check_replacing(browser, base, stats["pid"])
    complaints += browser.value(
        "document.getElementById('remark').textContent.includes('stopped')") \
        and ["the page says that the server has stopped"] or []
    if out:
        browser.look(out / "desktop-live.png")
        browser.size(390, 844, mobile=True, scale=2)
        browser.look(out / "phone-live.png")
    return complaints


def check_words(browser, url, words):
    """What the live page says where there is no pool to be seen."""
    browser.open(url + "live.html")
    says = "document.getElementById('remark').textContent"
    if not browser.wait_for(f"{says}.includes('{words}')"):
        return [f"it does not say '{words}', but: {browser.value(says)}"]
    return []


def pictures(browser, base, pages, out):
    """For whoever looks: the first screen of pages, in both colours."""
    for scheme in "light", "dark":
        browser.ask("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}])
        browser.size(1100, 1400)
        for page in pages:
            if page.count("/") == 0 or page.startswith("notes/") or \
                    page.endswith("stage1_select/loop.c.html"):
                browser.open(base + page)
                browser.look(out / f"{scheme}-{page.replace('/', '-')}.png")
    browser.ask("Emulation.setEmulatedMedia", features=[])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-o", metavar="FOLDER", type=pathlib.Path)
    parser.add_argument("chromium")
    parser.add_argument("base")
    parser.add_argument("single")
    parser.add_argument("silent")
    parser.add_argument("site", type=pathlib.Path)
    args = parser.parse_args()
    checks = Checks()
    pages = sorted(str(p.relative_to(args.site))
                   for p in args.site.rglob("*.html"))
    # Sources differ only in their text: two of them are opened in the browser.
    opened = [p for p in pages if not p.startswith("stage")
              or p.endswith(("README.html", "loop.c.html"))]
    hinted = [p for p in pages if p.startswith("notes/")
              and 'class="hint"' in (args.site / p).read_text()]
    if args.o:
        args.o.mkdir(parents=True, exist_ok=True)
    checks.check(f"{len(pages)} pages: every link leads somewhere",
                 check_links(args.base, pages, args.site))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(args.chromium, folder)
        try:
            checks.check(f"{len(opened)} pages on a phone: nothing sticks out, "
                         "no script fails",
                         check_phone(browser, args.base, opened, args.o))
            if hinted:
                checks.check("hints fold and unfold",
                             check_hints(browser, args.base, hinted[0]))
                checks.check("a lesson on paper, without hints and with them",
                             check_print(browser, args.base, hinted[0], args.o))
            if args.o:
                pictures(browser, args.base, opened, args.o)
            checks.check("a worker is killed and comes back, all are replaced: seen",
                         check_live(browser, args.base, args.o))
            checks.check("the live page of stage 1 says that it has no workers",
                         check_words(browser, args.single, "has no workers"))
            checks.check("the live page says that the server runs without -x",
                         check_words(browser, args.silent, "without -x"))
        finally:
            browser.end()
    print(f"{checks.passed} passed, {checks.failed} failed, 0 skipped")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()
