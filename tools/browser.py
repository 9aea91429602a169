"""Find a Chromium or Chrome for the browser tests, or fetch one.

`python tools/browser.py` prints the path of the browser, or says in one sentence what is missing.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome"]
PLACES = {
    "Darwin": [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ],
    "Windows": [
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
        os.path.expandvars(r"%LOCALAPPDATA%\Google\Chrome\Application\chrome.exe"),
    ],
}
CACHES = {
    "Darwin": "~/Library/Caches/ms-playwright",
    "Windows": "~/AppData/Local/ms-playwright",
}
# Inside Playwright's chromium-1234: the file on Linux, on a Mac, on Windows.
CACHED = [
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium-*/chrome-win*/chrome.exe",
]
OS_RELEASE = Path("/etc/os-release")
MISSING = (
    "The browser tests need Google Chrome or Chromium, and none was found or could be fetched: "
    "install one, or put its path into the environment variable BROWSER_PATH."
)


def find_browser():
    """The path of a Chromium or Chrome that starts; fetches one if there is none.

    Looks at BROWSER_PATH, then for an installed browser, then in Playwright's cache. Fetches
    Playwright's Chromium; where that fails, on Debian and as root, Debian's. Raises RuntimeError
    with a sentence that says what is missing.
    """
    named = os.environ.get("BROWSER_PATH")
    if named and not starts(named):
        raise RuntimeError(f"BROWSER_PATH is {named}, and no browser starts there: correct it.")
    found = named or search()
    for fetch in (fetch_playwrights, fetch_debians):
        if not found:
            fetch()
            found = search()
    if not found:
        raise RuntimeError(MISSING)
    return found


def search():
    """The first browser on this machine that starts, or None."""
    return next((path for path in candidates() if starts(path)), None)


def candidates():
    """Where a browser may be, the best place first."""
    yield from filter(None, map(shutil.which, NAMES))
    yield from PLACES.get(platform.system(), [])
    default = CACHES.get(platform.system(), "~/.cache/ms-playwright")
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or default).expanduser()
    for pattern in CACHED:
        yield from map(str, sorted(cache.glob(pattern), reverse=True))


def starts(path):
    """Whether this file is a browser that runs: some are stand-ins, or lack a library."""
    if platform.system() == "Windows":  # chrome.exe knows no --version: it would open a window
        return Path(path).is_file()
    try:
        answer = run([path, "--version"], seconds=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and b"Chrom" in answer.stdout


def fetch_playwrights():
    """Let Playwright download its Chromium into its cache; a failure shows in the next search."""
    print("No Chrome or Chromium found: fetching Playwright's.", file=sys.stderr, flush=True)
    attempt([sys.executable, "-m", "playwright", "install", "chromium"])


def fetch_debians():
    """Install Debian's Chromium, which takes root. (Ubuntu's package is an empty shell.)"""
    debian = OS_RELEASE.is_file() and "ID=debian" in OS_RELEASE.read_text().splitlines()
    if debian and os.geteuid() == 0:
        print("Playwright's cannot be used: installing Debian's.", file=sys.stderr, flush=True)
        attempt(["apt-get", "-qq", "update"])
        # Fonts are only recommended, but without them a page shows no letters.
        packages = ["chromium", "fonts-liberation", "fonts-dejavu-core"]
        attempt(["apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages])


def attempt(command):
    """Run a command that fetches something; say in a line when it fails."""
    try:
        answer = run(command, seconds=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"  It failed: {error}", file=sys.stderr, flush=True)
        return
    if answer.returncode:
        lines = answer.stdout.decode(errors="replace").splitlines()
        why = next((line.strip() for line in lines if "rror" in line or line[:2] == "E:"), "")
        print(f"  It failed. {why}", file=sys.stderr, flush=True)


def run(command, seconds):
    """Run a command that asks nothing, for so many seconds at most; returns it with its output."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "15000"}
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
        env={**os.environ, **quiet},
    )


if __name__ == "__main__":
    try:
        print(find_browser())
    except RuntimeError as missing:
        sys.exit(str(missing))
