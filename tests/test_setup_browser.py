"""Which browser the browser tests get, and what is said when there is none."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tools import browser

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = 'test "$1" = --version && echo Chromium 156.0'


def script(path, body):
    """An executable file in place of a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A machine without any browser; returns (its PATH, Playwright's cache, what was fetched)."""
    fetched = []
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "cache"))
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    monkeypatch.setattr(browser, "attempt", fetched.append)
    monkeypatch.setattr(browser, "OS_RELEASE", tmp_path / "os-release")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (tmp_path / "os-release").write_text('NAME="Debian GNU/Linux"\nID=debian\n')
    return tmp_path / "bin", tmp_path / "cache", fetched


def test_an_installed_browser_comes_before_a_fetched_one(bare):
    path, cache, fetched = bare
    script(cache / "chromium-1200" / "chrome-linux" / "chrome", CHROMIUM)
    script(cache / "chromium-1300" / "chrome-linux64" / "chrome", CHROMIUM)
    assert browser.find_browser() == str(cache / "chromium-1300" / "chrome-linux64" / "chrome")
    script(path / "chromium", CHROMIUM)
    assert browser.find_browser() == str(path / "chromium")
    script(path / "google-chrome", "echo install me with snap; exit 1")
    assert browser.find_browser() == str(path / "chromium")
    assert fetched == []


def test_the_named_browser_comes_first_and_must_start(bare, tmp_path, monkeypatch):
    script(bare[0] / "chromium", CHROMIUM)
    script(tmp_path / "mine", CHROMIUM)
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "mine"))
    assert browser.find_browser() == str(tmp_path / "mine")
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "absent"))
    with pytest.raises(RuntimeError, match="BROWSER_PATH is .*absent.* correct it"):
        browser.find_browser()


def test_playwrights_is_fetched_before_debians(bare, monkeypatch):
    path, cache, fetched = bare

    def works(command):
        fetched.append(command)
        script(cache / "chromium-1300" / "chrome-linux" / "chrome", CHROMIUM)

    monkeypatch.setattr(browser, "attempt", works)
    assert browser.find_browser().startswith(str(cache))
    assert fetched == [[sys.executable, "-m", "playwright", "install", "chromium"]]


def test_debians_is_installed_when_playwrights_cannot_be(bare, monkeypatch):
    path, cache, fetched = bare

    def only_apt_works(command):
        fetched.append(command[0])
        if "install" in command and command[0] == "apt-get":
            script(path / "chromium", CHROMIUM)

    monkeypatch.setattr(browser, "attempt", only_apt_works)
    assert browser.find_browser() == str(path / "chromium")
    assert fetched == [sys.executable, "apt-get", "apt-get"]


@pytest.mark.parametrize("user, system", [(1000, "debian"), (0, "ubuntu"), (0, "fedora")])
def test_nothing_is_installed_without_right_or_reason(bare, tmp_path, monkeypatch, user, system):
    (tmp_path / "os-release").write_text(f"ID={system}\nID_LIKE=debian\n")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with pytest.raises(RuntimeError, match="install one, or put its path into"):
        browser.find_browser()
    assert [command[0] for command in bare[2]] == [sys.executable]


def test_a_fetch_that_fails_or_hangs_is_not_the_end(monkeypatch, capsys):
    def hangs(command, seconds):
        raise subprocess.TimeoutExpired(command, seconds)

    browser.attempt([sys.executable, "-c", "print('Error: no such host'); raise SystemExit(1)"])
    monkeypatch.setattr(browser, "run", hangs)
    browser.attempt(["apt-get", "update"])
    said = capsys.readouterr().err
    assert "It failed. Error: no such host" in said and "timed out after 600 seconds" in said


def test_a_missing_browser_fails_the_command():
    run = subprocess.run(
        [sys.executable, ROOT / "tools" / "browser.py"],
        capture_output=True,
        text=True,
        env={**os.environ, "BROWSER_PATH": "/nowhere/chrome"},
    )
    assert run.returncode == 1 and run.stdout == "" and run.stderr.count("\n") == 1
