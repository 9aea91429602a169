"""The hub: its settings, the copies that readers get, the link, and what the trial says."""

import os
import re
import runpy
import socket
from types import SimpleNamespace

import pytest
import yaml
from packaging.requirements import Requirement
from traitlets.config import Config

from tools import trial_hub
from tools.setup_cell import REPOSITORY, ROOT

PAGE = (ROOT / "docs" / "HUB.md").read_text(encoding="utf-8")


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """What JupyterHub reads from the config, its data in `tmp_path`, and the config's own names."""
    monkeypatch.setenv("COURSE_HUB_PASSWORD", "a password")
    monkeypatch.setenv("COURSE_HUB_DATA", str(tmp_path))
    monkeypatch.setenv("MNIST_PATH", "sample")
    monkeypatch.delenv("FASHION_MNIST_PATH", raising=False)
    config = Config()
    names = runpy.run_path(str(trial_hub.CONFIG), {"get_config": lambda: config})
    return config, names


def reader(name):
    return SimpleNamespace(user=SimpleNamespace(name=name))


def test_the_settings(settings, tmp_path):
    config, _ = settings
    assert config.SharedPasswordAuthenticator.user_password == "a password"
    assert config.Spawner.environment == {"MNIST_PATH": "sample"}
    lesson = ROOT / config.Spawner.default_url.removeprefix("/lab/tree/")
    assert lesson == ROOT / "notebooks" / "01_image_as_grid.ipynb" and lesson.exists()
    home = config.SimpleLocalProcessSpawner.home_dir_template.format(username="ada")
    assert home == str(tmp_path / "readers" / "ada")
    assert ("--allow-root" in config.Spawner.args) == (os.geteuid() == 0)


def test_without_a_password_nobody_comes_in(monkeypatch):
    monkeypatch.delenv("COURSE_HUB_PASSWORD", raising=False)
    config = Config()
    runpy.run_path(str(trial_hub.CONFIG), {"get_config": lambda: config})
    assert config.SharedPasswordAuthenticator.user_password is None


@pytest.mark.parametrize("name", ["ada", "zoë", "reader-7", "a_b", "7"])
def test_names_that_may_come_in(settings, name):
    assert re.match(settings[0].Authenticator.username_pattern, name)


@pytest.mark.parametrize("name", ["", "..", "../ada", "a/b", ".ssh", "a b", "-a", "_a", "a" * 33])
def test_names_that_may_not(settings, name):
    # JupyterHub asks re.match, for which the end may be any.
    assert not re.match(settings[0].Authenticator.username_pattern, name)


def test_each_reader_gets_a_copy_once(settings, tmp_path):
    config, names = settings
    home = tmp_path / "readers" / "ada"
    (home / "helpers.half").mkdir(parents=True)  # the hub was killed while it copied
    (home / "helpers.half" / "wrong.py").touch()
    config.Spawner.pre_spawn_hook(reader("ada"))
    for folder in names["COPIED"]:
        wanted = {p.relative_to(ROOT) for p in (ROOT / folder).rglob("*") if p.is_file()}
        wanted = {p for p in wanted if not {"__pycache__", ".ipynb_checkpoints"} & set(p.parts)}
        copied = {p.relative_to(home) for p in (home / folder).rglob("*") if p.is_file()}
        assert copied == wanted and wanted
    assert {path.name for path in home.iterdir()} == set(names["COPIED"])

    (home / "notebooks" / "02_kernel.ipynb").write_text("my own work")
    config.Spawner.pre_spawn_hook(reader("ada"))
    assert (home / "notebooks" / "02_kernel.ipynb").read_text() == "my own work"
    config.Spawner.pre_spawn_hook(reader("bob"))
    assert "my own work" not in (home.parent / "bob/notebooks/02_kernel.ipynb").read_text()


def test_the_copy_is_all_that_a_lesson_needs(settings, tmp_path):
    """The setup cell finds the copy's own helpers, not those of the course around it."""
    config, names = settings
    config.Spawner.pre_spawn_hook(reader("ada"))
    assert (tmp_path / "readers" / "ada" / "helpers" / "convolution.py").exists()
    assert (tmp_path / "readers" / "ada" / "helpers" / "data" / "mnist_sample.npz").exists()
    linked = re.findall(
        r"\]\((\.\./[^)#\s]+)", "".join(p.read_text() for p in (ROOT / "notebooks").iterdir())
    )
    assert {link.split("/")[1] for link in linked} <= set(names["COPIED"])


# ---- the link


def test_the_page_has_the_link_of_this_repository():
    assert trial_hub.pull_link("https://hub.example.org") in PAGE
    assert f"github.com/{REPOSITORY}" in PAGE


def test_the_link_follows_the_repository(capsys):
    ours = trial_hub.pull_link("https://hub.example.org/", "ada/windows")
    assert ours == trial_hub.pull_link("https://hub.example.org").replace(REPOSITORY, "ada/windows")
    trial_hub.main(["--link", "https://hub.example.org"])
    assert capsys.readouterr().out.strip() == trial_hub.pull_link("https://hub.example.org")


# ---- what is installed, and what the page says about it


def test_every_package_of_the_hub_is_pinned_and_agrees_with_the_course():
    lines = (ROOT / "hub" / "requirements.txt").read_text().splitlines()
    hub = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all([part.operator for part in one.specifier] == ["=="] for one in hub)
    tested = (ROOT / "constraints.txt").read_text().splitlines()
    tested = [Requirement(line) for line in tested if line and not line.startswith("#")]
    pins = {one.name.lower().replace("_", "-"): str(one.specifier) for one in tested}
    for one in hub:  # two versions of one package could not be installed together
        assert pins.get(one.name.lower().replace("_", "-"), str(one.specifier)) == one.specifier
    for one in hub[:1]:
        assert f"JupyterHub {str(one.specifier)[2:]}" in PAGE
    assert f"{trial_hub.PROXY[0]} {trial_hub.PROXY[1]}" in PAGE


def test_the_page_names_what_is_there():
    for name in re.findall(r"`((?:tools|hub|docs|notebooks)/[\w./]+)`", PAGE):
        assert (ROOT / name).exists(), name
    for values in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL):
        assert yaml.safe_load(values)["singleuser"]["defaultUrl"].startswith("/lab")


# ---- what the trial says when it cannot start


def stopped(*arguments):
    with pytest.raises(SystemExit) as stop:
        trial_hub.main(list(arguments))
    assert isinstance(stop.value.code, str) and stop.value.code.count("\n") == 0
    return stop.value.code


@pytest.fixture
def installed(monkeypatch):
    """Nothing is installed; the list of what was asked for."""
    asked = []
    monkeypatch.setattr(trial_hub, "install", asked.append)
    return asked


def test_a_port_in_use_and_a_short_password(installed):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert "choose another with --port" in stopped("--port", port)
    assert "choose another with --port" in stopped("--port", "70000")
    assert "at least 8" in stopped("--password", "short")


def test_windows_is_told_what_to_do(installed, monkeypatch):
    monkeypatch.setattr(trial_hub, "ON_WINDOWS", True)
    assert stopped() == trial_hub.NO_WINDOWS and installed == []


@pytest.mark.parametrize("network", [False, True])
def test_what_it_says_to_the_teacher(installed, monkeypatch, capsys, network):
    """The address, the password and what is not safe; bound to this machine unless asked."""
    began = []

    class Running:
        def __init__(self, password, ip, port):
            began.append((password, ip, port))

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def wait(self):
            raise KeyboardInterrupt  # Ctrl+C

    monkeypatch.setattr(trial_hub, "running", Running)
    port = trial_hub.free_port()
    trial_hub.main(["--port", str(port), *["--network"] * network])
    [(password, ip, _)] = began
    assert ip == ("0.0.0.0" if network else "127.0.0.1")
    said = capsys.readouterr().out
    host = trial_hub.own_address() if network else "127.0.0.1"
    assert f"http://{host}:{port}\n" in said and f"this password: {password}\n" in said
    assert len(password) == 8 and set(password) <= set(trial_hub.LETTERS)
    assert ("can run any program" in said) == network and "Ctrl+C" in said
    assert installed == [trial_hub.REQUIREMENTS]
    assert all((ROOT / name).exists() for name in trial_hub.REQUIREMENTS)
