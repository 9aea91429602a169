"""The set-up: what it installs, when it does so again, and what it says when it cannot."""

import ast
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


# ---- a copy of the set-up in a folder of its own, its name with a space


@pytest.fixture
def course(tmp_path):
    """A course that needs one tiny package, which lies beside it as a wheel."""
    folder = tmp_path / "a course"
    (folder / "tools").mkdir(parents=True)
    (folder / "notebooks").mkdir()
    shutil.copy(ROOT / "tools" / "install.py", folder / "tools")
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("requirements.txt", "requirements-dev.txt", "constraints.txt"):
        (folder / name).write_text("tiny==1.0\n")
    with zipfile.ZipFile(tmp_path / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "")
        wheel.writestr(
            "tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
        )
        wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    return folder


@pytest.fixture
def setup(course, monkeypatch):
    """tools/install.py of that course, as a module; there is room for what it installs."""
    spec = importlib.util.spec_from_file_location("install", course / "tools" / "install.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "FREE_BYTES", 0)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_FIND_LINKS", course.parent.as_uri())
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    return module


def stopped(setup):
    """What the set-up says when it gives up."""
    with pytest.raises(SystemExit) as stop:
        setup.main([])
    assert isinstance(stop.value.code, str) and stop.value.code.count("\n") == 0
    return stop.value.code


def test_installs_once_and_again_when_something_changed(setup, course, capfd):
    setup.main([])
    assert "Installed." in capfd.readouterr().out
    ask = [str(setup.PYTHON), "-c", "import tiny; print(tiny.__file__)"]
    assert str(course) in subprocess.run(ask, capture_output=True, text=True).stdout
    news = setup.VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    assert '"fetchNews": "false"' in news.read_text()

    setup.main([])
    assert capfd.readouterr().out == ""

    (course / "constraints.txt").write_text("tiny==1.0\n# another day\n")
    setup.main(["--dev"])
    said = capfd.readouterr().out
    assert "Installed." in said and "Creating" not in said
    assert set(setup.installed()) == {"requirements.txt", "requirements-dev.txt"}
    assert setup.installed() == setup.fingerprints(["requirements.txt", "requirements-dev.txt"])

    setup.PYTHON.unlink()
    setup.PYTHON.symlink_to("/nowhere/python")
    assert setup.installed() == {}


def test_a_broken_venv_is_made_anew(setup, monkeypatch):
    done = []
    monkeypatch.setattr(setup, "create_venv", lambda: done.append("venv"))
    monkeypatch.setattr(setup, "pip_install", done.append)
    monkeypatch.setattr(setup, "installed", dict)
    setup.VENV.mkdir()
    setup.install(["requirements.txt"])
    assert done == ["venv", ["requirements.txt"]]


def test_an_interrupted_installation_starts_over(setup, monkeypatch):
    made = []
    monkeypatch.setattr(setup, "create_venv", lambda: made.append("venv"))
    monkeypatch.setattr(setup, "pip_install", lambda names: 1 / 0)
    monkeypatch.setattr(setup, "installed", lambda: {"requirements.txt": "older"})
    setup.VENV.mkdir()
    setup.INSTALLED.write_text("{}")
    with pytest.raises(ZeroDivisionError):
        setup.install(["requirements.txt"])
    assert not setup.INSTALLED.exists() and made == []
    monkeypatch.undo()
    assert setup.installed() == {}


def test_another_python_does_not_use_this_venv(setup, monkeypatch):
    setup.VENV.mkdir()
    setup.INSTALLED.write_text('{"requirements.txt": "x"}')
    monkeypatch.setattr(setup, "PYTHON", sys.executable)
    assert setup.installed() == {"requirements.txt": "x"}
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version_info", (3, sys.version_info[1] + 1, 0))
        answer = setup.installed()
    assert answer == {}


def test_a_folder_that_is_no_venv_is_never_emptied(setup):
    setup.VENV.mkdir()
    (setup.VENV / "thesis.txt").write_text("all my work")
    assert "is in the way" in stopped(setup)
    assert (setup.VENV / "thesis.txt").exists()


# ---- one sentence that says what to do


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 2), (3, 14, 0), (4, 0, 0)])
def test_wrong_python(setup, monkeypatch, version):
    with monkeypatch.context() as patch:
        patch.setattr(platform, "python_version", lambda: ".".join(map(str, version)))
        patch.setattr(sys, "version_info", version)
        said = stopped(setup)
    assert "3.11, 3.12 or 3.13" in said and "python.org" in said
    assert "this is {}.{}.{}:".format(*version) in said


def test_an_old_python_gets_as_far_as_the_sentence():
    ast.parse((ROOT / "tools" / "install.py").read_text(), feature_version=(3, 7))


@pytest.mark.parametrize(
    "system, machine, words",
    [
        ("Darwin", "x86_64", "Macs with an Intel processor"),
        ("Linux", "i686", "64-bit Linux"),
        ("Linux", "riscv64", "64-bit Linux"),
        ("Windows", "ARM64", "64-bit Linux, Windows"),
        ("FreeBSD", "amd64", "does not run on FreeBSD"),
    ],
)
def test_wrong_machine(setup, monkeypatch, system, machine, words):
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert words in stopped(setup)


@pytest.mark.parametrize(
    "variable, value, words",
    [
        ("HOST_GNU_TYPE", "x86_64-alpine-linux-musl", "Alpine"),
        ("Py_GIL_DISABLED", 1, "usual 64-bit Python"),
    ],
)
def test_wrong_build_of_python(setup, monkeypatch, variable, value, words):
    ours = sysconfig.get_config_var
    monkeypatch.setattr(
        sysconfig, "get_config_var", lambda name: value if name == variable else ours(name)
    )
    assert words in stopped(setup)


def test_32_bit_python(setup, monkeypatch):
    monkeypatch.setattr(sys, "maxsize", 2**31 - 1)
    assert "usual 64-bit Python" in stopped(setup)


def test_no_venv_module(setup, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name)
    )
    version = "{}.{}".format(*sys.version_info)
    assert f"sudo apt install python{version}-venv" in stopped(setup)


def test_no_space_to_begin_with(setup, monkeypatch):
    monkeypatch.setattr(setup, "FREE_BYTES", 10**18)
    assert re.search(r"Only [\d.]+ GB are free here.*free about 3 GB", stopped(setup))
    assert not setup.VENV.exists()


def test_the_disk_fills_up_outside_pip(setup, monkeypatch):
    def full(names):
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr(setup, "install", full)
    assert "free about 3 GB" in stopped(setup)


def test_a_folder_that_cannot_be_written(setup, monkeypatch):
    def locked(names):
        raise PermissionError(13, "Permission denied", "/course/.venv")

    monkeypatch.setattr(setup, "install", locked)
    assert stopped(setup).startswith("/course/.venv cannot be used (Permission denied)")


@pytest.mark.parametrize(
    "pip_says, we_say",
    [
        ("OSError: [Errno 28] No space left on device", "free about 3 GB"),
        ("certificate verify failed: [SSL: CERTIFICATE_VERIFY_FAILED]", "certificate"),
        ("ReadTimeoutError: Read timed out. (read timeout=15)", "check the connection"),
        ("ProxyError('Cannot connect to proxy.')", "check the connection"),
        ("ERROR: No matching distribution found for tensorflow-cpu==2.21.0", "fits this system"),
        ("ERROR: something that nobody foresaw", "its words are in"),
    ],
)
def test_what_pip_says_becomes_a_sentence(setup, monkeypatch, pip_says, we_say):
    fake_python = setup.VENV / "bin" / "python"
    monkeypatch.setattr(setup, "PYTHON", fake_python)
    monkeypatch.setattr(
        setup, "create_venv", lambda: script(fake_python, f'echo "{pip_says}"; exit 1')
    )
    said = stopped(setup)
    assert we_say in said and "Error" not in said.partition("Details")[0]
    assert not setup.INSTALLED.exists()


def test_no_network(setup, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nothing listens there
    monkeypatch.setattr(setup, "PYTHON", sys.executable)
    monkeypatch.setattr(setup, "create_venv", setup.VENV.mkdir)
    said = stopped(setup)
    assert "check the connection" in said and str(setup.LOG) in said
    assert "127.0.0.1" in setup.LOG.read_text()


def test_stopped_by_hand(setup, monkeypatch):
    def interrupted(names):
        raise KeyboardInterrupt

    monkeypatch.setattr(setup, "install", interrupted)
    assert stopped(setup).startswith("Stopped.")


# ---- opening JupyterLab


def test_the_lab_opens_at_the_first_lesson(setup, course, monkeypatch):
    for name in ("07_mnist_cnn.ipynb", "02_kernel.ipynb", "00_draft.txt", "scratch.ipynb"):
        (course / "notebooks" / name).touch()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("DISPLAY", ":0")
    command = setup.lab_command()
    assert "--LabApp.default_url=/lab/tree/notebooks/02_kernel.ipynb" in command
    assert f"--ServerApp.root_dir={course}" in command
    assert "--allow-root" not in command and "--no-browser" not in command


def test_root_without_a_screen_gets_an_address(setup, course, monkeypatch):
    (course / "notebooks" / "01_image_as_grid.ipynb").touch()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    assert {"--allow-root", "--no-browser"} <= set(setup.lab_command())


def test_no_lesson(setup):
    with pytest.raises(setup.Stop, match="no lesson"):
        setup.lab_command()


# ---- make


def script(path, body):
    """An executable file in place of a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def make(folder, *arguments, **environment):
    """Run make as from a fresh terminal, without what an outer make hands down."""
    handed_down = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PYTHON"}
    kept = {name: value for name, value in os.environ.items() if name not in handed_down}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**kept, **environment},
    )


PYTHONS = ("python3.13", "python3.12", "python3.11", "python3", "python")


@pytest.fixture
def pythons(course, tmp_path):
    """A PATH on which every Python is a stand-in that only prints an error, as pyenv's are."""
    (course / "tools" / "install.py").write_text("import sys\nprint('set up', *sys.argv[1:])\n")
    for name in PYTHONS:
        script(tmp_path / "bin" / name, f"echo pyenv: {name}: command not found; exit 127")
    return tmp_path / "bin"


@pytest.mark.parametrize("good", PYTHONS)
def test_make_takes_the_first_python_that_runs(course, pythons, good):
    script(pythons / good, f'exec "{sys.executable}" "$@"')
    done = make(course, "lab", PATH=f"{pythons}:{os.environ['PATH']}")
    assert done.stdout == "set up --lab\n" and done.stderr == ""


def test_make_says_that_there_is_no_python(course, pythons):
    done = make(course, "lab", PATH=f"{pythons}:{os.environ['PATH']}")
    sentence, end = done.stderr.splitlines()
    assert "needs Python 3.11, 3.12 or 3.13, and none was found" in sentence
    assert done.returncode == 2 and end.startswith("make") and done.stdout == ""


def test_make_takes_the_python_that_is_asked_for(course, pythons):
    script(pythons / "python3.13", "exit 1")
    done = make(course, "lab", f"PYTHON={sys.executable}", PATH=f"{pythons}:{os.environ['PATH']}")
    assert done.stdout == "set up --lab\n"
    done = make(course, "lab", "PYTHON=python2.7")
    assert "python2.7 is not one that starts here" in done.stderr and done.returncode == 2


def test_make_help_names_every_command():
    said = make(ROOT).stdout
    assert said == make(ROOT, "help").stdout
    commands = re.findall(r"^  make (\w+) +\w.{10,}$", said, flags=re.MULTILINE)
    assert commands == [
        *("help", "lab", "test", "lint", "notebooks", "bench", "site", "slides", "publish"),
        *("paper", "handouts", "venues", "rough", "hub", "links"),
    ]


def test_a_skipped_test_fails_the_run(tmp_path):
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "tests")
    (tmp_path / "tests" / "test_lazy.py").write_text(
        "import pytest\n\ndef test_lazy():\n    pytest.skip('no browser here')\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "tests"], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 1 and "1 failed" in run.stdout and "no browser here" in run.stdout


# ---- the files agree with each other


def requirements(name):
    lines = (ROOT / name).read_text().splitlines()
    return [Requirement(line) for line in lines if line and line[0] not in "#-"]


def pins(name):
    """{package: version}; every line must be one exact version from the public index."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] != "#"]
    found = dict(re.fullmatch(r"([a-z0-9-]+)==([0-9][0-9a-z.]*)", line).groups() for line in lines)
    assert len(found) == len(lines) and list(found) == sorted(found)
    return found


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_has_a_tested_version_in_its_range(name):
    tested, colab = pins("constraints.txt"), pins("constraints-colab.txt")
    for requirement in requirements(name):
        assert requirement.specifier.contains(tested[requirement.name]), requirement
        if requirement.name in colab and requirement.name != "ipywidgets":  # Colab's page shows 7
            assert requirement.specifier.contains(colab[requirement.name]), requirement
    assert set(colab) <= set(tested)


def test_conda_and_binder_install_the_same():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert environment[0] == "python=3.12"
    assert environment[-1] == {"pip": ["-r requirements.txt", "-c constraints.txt"]}
    assert "-r requirements.txt" in (ROOT / "requirements-dev.txt").read_text()


def test_ci_runs_the_command_of_the_readme():
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "exec make test </dev/null"
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    job = workflow["jobs"]["test"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.13"]
    assert job["steps"][-1]["run"] == "bash .ci/run"
    assert "schedule" in workflow[True]  # YAML reads the key `on` as true
    assert workflow["permissions"] == {"contents": "read"}
