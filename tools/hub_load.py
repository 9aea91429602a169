"""How much memory a class needs on a hub, and how long it waits.

    python tools/hub_load.py 1 5 10               readers of lesson 2
    python tools/hub_load.py 1 3 --lesson 7       the same with the lesson that trains a network
    python tools/hub_load.py 9 --browser          one more in a real browser; to the picture only
    python tools/hub_load.py 30 --first           to the picture only

For each number a trial hub is started (tools/trial_hub.py), in a folder that is removed again. That
many readers log in at the same moment, start a server and a kernel, and run the lesson's cells,
through the same addresses as a browser, without the browser. A failing cell ends the measurement.

Memory is the proportional share (PSS): what processes have in common is divided among them, so
that the sum is what the machine needs. For Linux.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import psutil
import requests
import websocket
from jupyter_server.services.kernels.connection.base import deserialize_binary_message

sys.path.insert(0, str(Path(__file__).parent))
from setup_cell import ROOT  # noqa: E402
from trial_hub import free_port, running  # noqa: E402

PASSWORD = "measured-here"
PATIENCE = 900  # seconds
VIEW = "application/vnd.jupyter.widget-view+json"
# The cell of a lesson that is timed by itself: its first picture that moves, or its training.
TIMED = dict.fromkeys(range(1, 7), "explore") | {2: "explore(", 7: "model.fit("}


def lesson_file(number):
    return next((ROOT / "notebooks").glob(f"{number:02}_*.ipynb"))


def read(number):
    return nbformat.read(lesson_file(number), as_version=4).cells


def is_timed(number, source):
    """Whether this is a lesson's timed cell, and does not only import what another one uses."""
    return TIMED[number] in source and "import" not in source


def cells(number):
    """A lesson's code cells in two parts: down to the timed one, and the rest."""
    sources = [cell.source for cell in read(number) if cell.cell_type == "code"]
    timed = (i for i, source in enumerate(sources) if is_timed(number, source))
    end = next(timed) + 1
    return sources[:end], sources[end:]


class Reader:
    """A reader without a browser: logs in, opens a lesson, runs its cells.

    `waited` holds seconds since the log-in: "server" when the server answered, "picture" when the
    first picture that moves was sent to the page, "timed" how long the timed cell alone took,
    "lesson" how long the cells after it took.
    """

    def __init__(self, url, name):
        self.url, self.name, self.own = url, name, f"{url}/user/{name}"
        self.web, self.waited = requests.Session(), {}

    def xsrf(self, path):
        """The token against forged requests that the hub, or the server, gave to this reader."""
        return next(c.value for c in self.web.cookies if c.name == "_xsrf" and c.path == path)

    def log_in(self):
        """Log in and wait until the server answers."""
        self.began = time.monotonic()
        self.web.get(f"{self.url}/hub/login").raise_for_status()
        form = {"username": self.name, "password": PASSWORD, "_xsrf": self.xsrf("/hub/")}
        self.web.post(f"{self.url}/hub/login", data=form).raise_for_status()
        while not self.web.get(f"{self.own}/lab").url.startswith(f"{self.own}/lab"):
            if time.monotonic() - self.began > PATIENCE:
                raise RuntimeError(f"No server for {self.name} in {PATIENCE} s")
            time.sleep(0.5)
        self.waited["server"] = time.monotonic() - self.began

    def open(self, number):
        """Start the kernel of a lesson, and connect with it."""
        self.number = number
        path = f"notebooks/{lesson_file(number).name}"
        asked = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        token = {"X-XSRFToken": self.xsrf(f"/user/{self.name}/")}
        answer = self.web.post(f"{self.own}/api/sessions", json=asked, headers=token)
        answer.raise_for_status()
        address = f"{self.own}/api/kernels/{answer.json()['kernel']['id']}/channels"
        request = requests.Request("GET", address)
        cookies = requests.cookies.get_cookie_header(self.web.cookies, request)
        address = address.replace("http", "ws", 1)
        self.line = websocket.create_connection(address, timeout=PATIENCE, cookie=cookies)

    def begin(self, number):
        """Log in, open a lesson, run it down to its timed cell."""
        self.log_in()
        self.open(number)
        self.run(cells(number)[0])

    def finish(self, number):
        """Run the rest of the lesson."""
        began = time.monotonic()
        self.run(cells(number)[1])
        self.waited["lesson"] = time.monotonic() - began

    def run(self, sources):
        """Run cells one after another, and note when the first picture came."""
        for source in sources:
            began = time.monotonic()
            self.run_cell(source)
            if is_timed(self.number, source):
                self.waited.setdefault("timed", time.monotonic() - began)

    def run_cell(self, source):
        ask = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3"}
        header = {**ask, "session": self.name, "username": self.name, "date": ""}
        code = {"code": source, "silent": False, "store_history": True, "stop_on_error": True}
        message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}}
        self.line.send(json.dumps({**message, "content": {**code, "allow_stdin": False}}))
        while True:
            words = self.line.recv()
            binary = isinstance(words, bytes)
            got = deserialize_binary_message(words) if binary else json.loads(words)
            if got["parent_header"].get("msg_id") != ask["msg_id"]:
                continue
            content = got["content"]
            if got["header"]["msg_type"] == "error":
                raise RuntimeError("\n".join(content["traceback"]))
            if VIEW in content.get("data", {}) and "explore" in source:
                self.waited.setdefault("picture", time.monotonic() - self.began)
            if content.get("execution_state") == "idle":
                return


def share(process):
    """The proportional share of memory of a process, in MB; 0 if it has ended."""
    with contextlib.suppress(psutil.Error):
        return process.memory_full_info().pss / 1e6
    return 0


def spent(process):
    """Seconds of computing of a process; 0 if it has ended."""
    with contextlib.suppress(psutil.Error):
        return sum(process.cpu_times()[:2])
    return 0


def processes(hub):
    """The hub's processes by what they are: "hub" (with its proxy), "server", "kernel"."""
    found = {"hub": [psutil.Process(hub.pid)], "server": [], "kernel": []}
    for process in found["hub"][0].children(recursive=True):
        with contextlib.suppress(psutil.Error):
            words = " ".join(process.cmdline())
            is_server = "singleuser" in words
            kind = "kernel" if "ipykernel" in words else "server" if is_server else "hub"
            found[kind].append(process)
    return found


class Memory(threading.Thread):
    """Looks every two seconds how much memory the readers need together, and keeps the most."""

    def __init__(self, hub):
        super().__init__(daemon=True)
        self.hub, self.most, self.over = hub, 0, threading.Event()

    def run(self):
        while not self.over.wait(2):
            found = processes(self.hub)
            now = sum(map(share, found["server"] + found["kernel"]))
            self.most = max(self.most, now)


def report(hub, readers, stage):
    """What each reader needs after a stage: memory, computing, time."""
    found = processes(hub)
    many = len(found["server"])
    memory = {kind: sum(map(share, group)) for kind, group in found.items()}
    computing = {kind: sum(map(spent, group)) / many for kind, group in found.items()}
    print(f"  {stage}; load {os.getloadavg()[0]:.1f}")
    print(
        f"    MB: hub {memory['hub']:.0f}; each reader: server {memory['server'] / many:.0f}, "
        f"kernel {memory['kernel'] / many:.0f}"
    )
    print("    computing, s each:", ", ".join(f"{k} {v:.1f}" for k, v in computing.items()))
    for key in ("server", "picture", "timed", "lesson"):
        times = [reader.waited[key] for reader in readers if key in reader.waited]
        if times:
            print(f"    {key}: median {statistics.median(times):.1f} s, last {max(times):.1f} s")
    sys.stdout.flush()


def painted(url, number, name):
    """A reader in a real browser: seconds to the lesson, and to its first live picture, painted."""
    from jupyter_page import open_browser

    kinds = [(cell.cell_type, is_timed(number, cell.source)) for cell in read(number)]
    first = next(i for i, (kind, _) in enumerate(kinds) if kind == "code")
    steps = kinds.index(("code", True)) - first + 1  # with the text in between
    path = f"/hub/user-redirect/lab/tree/notebooks/{lesson_file(number).name}"
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(f"{url}/hub/login?next={path}")
        page.fill("#username_input", name)
        page.fill("#password_input", PASSWORD)
        began = time.monotonic()
        page.press("#password_input", "Enter")
        page.wait_for_selector(".jp-Notebook .jp-RenderedMarkdown h1")
        readable = time.monotonic() - began
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']")
        page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").first.click()
        for _ in range(steps):
            page.keyboard.press("Shift+Enter")
        page.wait_for_selector(".jp-OutputArea .cw-grid")
        seen = time.monotonic() - began
    print(
        f"  in the browser: lesson readable after {readable:.1f} s, picture live after {seen:.1f} s"
    )


def measure(many, options):
    """Let so many readers begin at the same moment; print what they needed."""
    number = options.lesson
    url = f"http://127.0.0.1:{(port := free_port())}"
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        running(PASSWORD, port=port, data=Path(folder)) as hub,
        ThreadPoolExecutor(many + 1) as pool,
    ):
        memory = Memory(hub)
        memory.start()
        readers = [Reader(url, f"reader{i}") for i in range(many)]
        begun = [pool.submit(reader.begin, number) for reader in readers]
        if options.browser:
            painted(url, number, "browser")
        for one in begun:
            one.result()
        report(hub, readers, "down to the timed cell")
        if not (options.browser or options.first):
            list(pool.map(lambda reader: reader.finish(number), readers))
            report(hub, readers, "to the lesson's end")
        memory.over.set()
        print(f"  most at any moment: {memory.most:.0f} MB for all readers", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Measure what readers need on a hub.")
    parser.add_argument("readers", type=int, nargs="+", help="how many at once")
    parser.add_argument("--lesson", type=int, choices=sorted(TIMED), default=2)
    parser.add_argument("--browser", action="store_true", help="and one more in a real browser")
    parser.add_argument("--first", action="store_true", help="down to the timed cell only")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB of memory")
    for many in options.readers:
        print(f"{many} at once, lesson {options.lesson}; load before {os.getloadavg()[0]:.1f}")
        measure(many, options)


if __name__ == "__main__":
    main()
