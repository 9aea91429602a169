"""Set the course up in the folder .venv, and open it.

    python tools/install.py         install what readers and teachers need
    python tools/install.py --lab   the same, then open JupyterLab at the first lesson
    python tools/install.py --dev   the same, and what the tests need as well

`make lab` and `make test` call this file; without make (Windows) it is called directly. It uses the
standard library alone, and no syntax newer than Python 3.7: a Python that is too old must still get
as far as the sentence that says so. Whatever goes wrong ends in one sentence that says what to do.
"""

import argparse
import errno
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOG = VENV / "install.log"
INSTALLED = VENV / "installed.json"  # written last: without it, an installation was interrupted

NEWEST, OLDEST = (3, 13), (3, 11)
SYSTEMS = {("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64"), ("Windows", "AMD64")}
FREE_BYTES = 3 * 10**9  # 1.5 GB installed, and the downloads while they are unpacked

FULL = (
    "There is no room left: free about 3 GB in this folder and in the folder for temporary files, "
    "then run the same command again."
)
OFFLINE = (
    "The packages could not be fetched from the internet: check the connection (or the proxy), "
    f"then run the same command again. Details: {LOG}"
)
UNTRUSTED = (
    "The package server's certificate is not trusted here, as happens behind a company's or a "
    f"school's proxy: ask its administrator for pip's settings. Details: {LOG}"
)
UNAVAILABLE = (
    "A package exists in no form that fits this system "
    f"({platform.platform()}, Python {platform.python_version()}). Details: {LOG}"
)
# What to say for what pip wrote; the first that fits counts.
REASONS = [
    (FULL, "No space left|Errno 28|Disk quota exceeded|not enough space on the disk"),
    (UNTRUSTED, "CERTIFICATE_VERIFY_FAILED"),
    (OFFLINE, "Failed to establish a new connection|getaddrinfo failed|name resolution"),
    (OFFLINE, "NameResolutionError|ProxyError|timed out|Connection (broken|aborted)"),
    (UNAVAILABLE, "No matching distribution"),
]


class Stop(Exception):
    """The set-up cannot go on; the message says why, and what to do."""


def check_python():
    """Raise Stop if this Python is too old, too new, an unusual build or without its venv."""
    version = platform.python_version()
    get = "install one from https://www.python.org/downloads/ and run this again with it."
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise Stop(f"This course needs Python 3.11, 3.12 or 3.13, and this is {version}: {get}")
    unusual = sysconfig.get_config_var("Py_GIL_DISABLED") or sys.implementation.name != "cpython"
    if unusual or sys.maxsize < 2**32:
        raise Stop(f"This course needs the usual 64-bit Python, and this is another build: {get}")
    if not importlib.util.find_spec("venv") or not importlib.util.find_spec("ensurepip"):
        raise Stop(
            "This Python came without its venv module: install that (on Debian and Ubuntu: "
            f"sudo apt install python{version.rpartition('.')[0]}-venv) and run this again."
        )


def check_machine():
    """Raise Stop if there is no TensorFlow for this machine."""
    machine = (platform.system(), platform.machine())
    if machine == ("Darwin", "x86_64"):
        raise Stop(
            "TensorFlow ended its support for Macs with an Intel processor: open the course on "
            "Colab or Binder instead (if this Mac has an Apple processor, its Python is one for "
            "Intel: install another from https://www.python.org/downloads/)."
        )
    if "musl" in str(sysconfig.get_config_var("HOST_GNU_TYPE")):
        raise Stop(
            "TensorFlow does not run on Alpine Linux and others that use musl: use a Linux with "
            "glibc, such as Debian, Ubuntu or Fedora."
        )
    if machine not in SYSTEMS:
        raise Stop(
            f"TensorFlow does not run on {' '.join(machine)}: use a 64-bit Linux, Windows or "
            "Apple-silicon Mac, or open the course on Colab or Binder."
        )


def clean_environment():
    """The environment for the programs started here, without what would lead them astray."""
    astray = {"PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "PIP_PREFIX", "PIP_TARGET"}
    kept = {name: value for name, value in os.environ.items() if name not in astray}
    return {**kept, "PIP_USER": "0"}


def fingerprints(names):
    """What is to be installed, as {requirements file: SHA-256 of it and of the constraints}."""
    constraints = (ROOT / "constraints.txt").read_bytes()
    return {
        name: hashlib.sha256((ROOT / name).read_bytes() + constraints).hexdigest() for name in names
    }


def installed():
    """What is installed, in the form of `fingerprints`; {} if .venv is missing or unusable."""
    ask = [str(PYTHON), "-c", "import pip, sys; print(*sys.version_info[:2])"]
    try:
        record = json.loads(INSTALLED.read_text())
        answer = subprocess.run(
            ask, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=clean_environment()
        )
    except (OSError, ValueError):
        return {}
    right = "{} {}".format(*sys.version_info[:2])
    return record if answer.stdout.decode().strip() == right else {}


def create_venv():
    """Make .venv anew, without asking what was wrong with an old one."""
    if VENV.exists() and not (VENV / "pyvenv.cfg").exists() and any(VENV.iterdir()):
        raise Stop(f"{VENV} is in the way and is no Python environment: move it, and try again.")
    free = shutil.disk_usage(ROOT).free
    if free < FREE_BYTES:
        raise Stop(f"Only {free / 1e9:.1f} GB are free here. {FULL}")
    print("Creating .venv, a folder for the course's own packages.", flush=True)
    # The Python beneath: .venv's own cannot rebuild the folder that it stands in.
    python = getattr(sys, "_base_executable", None) or sys.executable
    made = subprocess.run(
        [python, "-m", "venv", "--clear", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment(),
    )
    if made.returncode:
        words = made.stdout.decode(errors="replace")
        last = (words.strip().splitlines() or ["no reason given"])[-1]
        raise Stop(reason(words) or f"Python could not create {VENV}: {last}")


def reason(log):
    """The sentence for what pip wrote, or None if nothing in it is known."""
    return next((sentence for sentence, words in REASONS if re.search(words, log)), None)


def pip_install(names):
    """Install requirements files at the tested versions; pip's own words go to the log."""
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    command += ["--only-binary=:all:", "--progress-bar=off", "--retries=3", "-c", "constraints.txt"]
    for name in names:
        command += ["-r", name]
    print("Installing the packages: 0.4 GB to fetch, usually one to three minutes.", flush=True)
    with LOG.open("w") as log:
        pip = subprocess.Popen(
            command, cwd=str(ROOT), stdout=log, stderr=subprocess.STDOUT, env=clean_environment()
        )
        show_progress(pip)
    if pip.returncode:
        words = LOG.read_text(encoding="utf-8", errors="replace")
        raise Stop(reason(words) or f"pip could not install the packages; its words are in {LOG}")


def show_progress(pip):
    """Wait for pip, and say every second (in a log file: twice a minute) how far it is."""
    began, shown, live = time.monotonic(), 0, sys.stdout.isatty()
    while pip.poll() is None:
        time.sleep(0.1)
        seconds = int(time.monotonic() - began)
        if seconds >= shown + (1 if live else 30):
            shown = seconds
            log = LOG.read_text(encoding="utf-8", errors="replace")
            found = log.count("\nCollecting ") + log.count("\nRequirement already satisfied")
            doing = "unpacking" if "Installing collected packages" in log else "fetching"
            line = f"  {doing}: {found} packages, {seconds} s"
            print(line, end="\r" if live else "\n", flush=True)
    if live and shown:
        print()


def quiet_news():
    """Keep JupyterLab from asking about news: a default inside .venv, no setting of the reader."""
    settings = VENV / "share" / "jupyter" / "lab" / "settings"
    settings.mkdir(parents=True, exist_ok=True)
    news = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}
    (settings / "overrides.json").write_text(json.dumps(news))


def install(names):
    """Bring .venv up to date with these requirements files; at once if it is."""
    wanted, there = fingerprints(names), installed()
    if wanted.items() <= there.items():
        return
    if there:
        INSTALLED.unlink()
    else:
        create_venv()
    pip_install(names)
    quiet_news()
    INSTALLED.write_text(json.dumps({**there, **wanted}))
    print("Installed.", flush=True)


def lab_command():
    """The command that opens JupyterLab at the lowest-numbered lesson."""
    lessons = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    if not lessons:
        raise Stop(f"There is no lesson in {ROOT / 'notebooks'}: get the whole course again.")
    # Warnings and the address only: the rest of what it prints would hide the address.
    command = [str(PYTHON), "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}"]
    command += ["--ServerApp.log_level=WARN", "--LabApp.log_level=WARN"]
    # Not as a file to open: the printed address would lead to an empty page instead of the lesson.
    command.append(f"--LabApp.default_url=/lab/tree/notebooks/{lessons[0].name}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    # Without a screen, a browser that runs in the terminal would take the terminal over.
    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY", "BROWSER"} & set(os.environ):
        command.append("--no-browser")
    return command


def open_lab():
    """Turn into JupyterLab. Never returns, except on Windows."""
    command = lab_command()
    print("Opening JupyterLab. To end it, press Ctrl+C in this window.", flush=True)
    os.chdir(str(ROOT))
    if os.name == "nt":
        sys.exit(subprocess.run(command, env=clean_environment()).returncode)
    os.execve(command[0], command, clean_environment())


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Set the course up in the folder .venv.")
    parser.add_argument("--lab", action="store_true", help="then open JupyterLab")
    parser.add_argument("--dev", action="store_true", help="install what the tests need as well")
    options = parser.parse_args(arguments)
    try:
        check_python()
        check_machine()
        install(["requirements.txt"] + ["requirements-dev.txt"] * options.dev)
        if options.lab:
            open_lab()
    except Stop as stop:
        sys.exit(str(stop))
    except KeyboardInterrupt:
        sys.exit("Stopped. Run the same command again when you like.")
    except OSError as error:
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None))
        cannot = (
            f"{error.filename} cannot be used ({error.strerror}): put that right and try again."
        )
        sys.exit(FULL if full else cannot)


if __name__ == "__main__":
    main()
