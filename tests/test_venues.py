"""How the other places are built: their packages, their Colab, their repo2docker, their memory."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

from tools import venues
from tools.setup_cell import ROOT, SETUP_CELL


def texts(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_oldest_place_has_the_lowest_versions():
    asked = "# why\nnumpy>=2.1,<3\n\ntensorflow>=2.20,<2.23; sys_platform == 'darwin'\n"
    assert venues.lowest(asked) == 'numpy==2.1\ntensorflow==2.20; sys_platform == "darwin"'
    assert venues.whatever(asked) == 'numpy\ntensorflow; sys_platform == "darwin"'
    admitted = venues.lowest(texts("requirements.txt")).splitlines()
    assert len(admitted) == len(re.findall(r"(?m)^[a-z]", texts("requirements.txt"))) == 8
    assert all(str(Requirement(line).specifier).startswith("==") for line in admitted)


@pytest.mark.parametrize("line", ["numpy", "numpy<3", "numpy==2.1"])
def test_a_requirement_without_a_lowest_version_is_no_way_to_find_it(line):
    with pytest.raises(ValueError):
        venues.lowest(line)


def test_each_place_has_a_python_that_the_course_runs_on():
    job = yaml.safe_load(texts(".github/workflows/venues.yml"))["jobs"]["venue"]
    listed = {one["name"]: one["python"] for one in job["strategy"]["matrix"]["include"]}
    assert listed == venues.PYTHONS
    assert set(listed.values()) == {"3.11", "3.12", "3.13"}
    environment = yaml.safe_load(texts("environment.yml"))
    assert environment["dependencies"][0] == f"python={venues.PYTHONS['binder']}"


def test_the_running_python_is_found_and_a_missing_one_is_named(monkeypatch):
    version = "{}.{}".format(*sys.version_info)
    found = venues.find_python(version)
    said = subprocess.check_output([found, "--version"], text=True)
    assert said.startswith(f"Python {version}.")
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(venues.Failed, match="needs Python 2.7, and none was found"):
        venues.find_python("2.7")


def test_pip_gets_what_conda_would_give_it():
    assert venues.pip_part(texts("environment.yml")) == "-r requirements.txt\n-c constraints.txt"


DOCKERFILE = """\
WORKDIR ${REPO_DIR}
COPY --chown=1000:1000 src/ ${REPO_DIR}/
RUN mamba env update --file "environment.yml"
"""


def test_the_dockerfile_copies_before_it_installs():
    venues.check_dockerfile(DOCKERFILE)
    first, copy, install = DOCKERFILE.splitlines()
    for wrong in ([first, install, copy], [copy, install, first], [first, copy], [first, install]):
        with pytest.raises(venues.Failed, match="before it has the course's files"):
            venues.check_dockerfile("\n".join(wrong))


def test_binders_own_packages_come_at_their_locked_versions():
    environment = "- python=3.12.*\n- pip\n- jupyterlab==4.*  # why\n- jupyterhub-singleuser==5.*\n"
    lock = (
        "https://conda.example.org/noarch/jupyterlab-4.4.9-pyhd8ed1ab_0.conda#0\n"
        "https://conda.example.org/noarch/jupyterlab_server-2.27.3-pyhd8ed1ab_1.conda#0\n"
        "https://conda.example.org/noarch/jupyterhub-singleuser-5.4.0-hd843c07_0.conda#0\n"
    )
    assert venues.pinned(environment, lock) == "jupyterlab==4.4.9\njupyterhub==5.4.0"


def test_memory_is_read_in_megabytes(tmp_path):
    (tmp_path / "status").write_text("VmPeak:\t 9000 kB\nVmHWM:\t  500000 kB\nVmRSS:\t 3 kB\n")
    (tmp_path / "smaps_rollup").write_text("Rss:  7 kB\nPss:   400000 kB\nPss_Dirty:  6 kB\n")
    assert venues.megabytes(tmp_path) == [512, 409.6]


def test_two_lessons_at_a_time_must_fit_on_binder(capsys):
    taken = {"01": (600, 300), "02": (590, 310), "07": (1100, 800)}
    venues.report_memory(taken)
    said = capsys.readouterr().out
    assert "all of them 1610 MB" in said and "07 and one other 1610 MB" in said
    for wrong in ({"07": (1200, 800)}, {"02": (590, 900)}):
        with pytest.raises(venues.Failed, match="may take 1200 MB, and two at a time 2000"):
            venues.report_memory(taken | wrong)


def test_a_failing_command_says_which_step_and_why(capsys):
    with pytest.raises(venues.Failed, match="(?s)the step failed.*a reason"):
        venues.run("the step", sys.executable, "-c", "print('a reason'); raise SystemExit(1)")
    assert venues.run("one more", sys.executable, "-c", "print(2)") == "2\n"


def test_an_unknown_place_is_named(capsys):
    with pytest.raises(SystemExit):
        venues.main(["collab"])
    assert "there is no collab; there are colab, oldest" in capsys.readouterr().err


def test_on_colab_git_fetches_the_course_and_the_lesson_finds_it(tmp_path):
    content, environment = venues.like_colab(tmp_path)
    assert not (content / "helpers").exists() and len(list(content.glob("0*.ipynb"))) == 7
    startup = Path(environment["IPYTHONDIR"], "profile_default", "startup", "colab.py")
    code = f"{startup.read_text()}\n{SETUP_CELL}\nimport helpers\nprint(helpers.__file__)"
    for _ in range(2):  # run again, nothing is fetched
        found = subprocess.check_output(
            [sys.executable, "-c", code],
            cwd=content,
            env={**os.environ, "PYTHONPATH": "", **environment},
            text=True,
            stderr=subprocess.STDOUT,
        )
        assert found.strip() == str(content / "course" / "helpers" / "__init__.py")
    for file in ("helpers/explorer.js", "helpers/data/mnist_sample.npz", "helpers/questions"):
        assert (content / "course" / file).exists()


# On Colab everything is there: what a lesson would install could only break it.
INSTALLERS = {"pip", "ensurepip", "subprocess", "venv"}


def imported(code):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Attribute) and node.attr in ("system", "run_line_magic"):
            yield "subprocess"


def test_an_installer_would_be_seen():
    for code in ("import pip", "from subprocess import run", "import os\nos.system('pip')"):
        assert set(imported(code)) & INSTALLERS


@pytest.mark.parametrize("path", sorted((ROOT / "helpers").rglob("*.py")), ids=lambda p: p.stem)
def test_no_helper_installs_anything(path):
    assert set(imported(path.read_text(encoding="utf-8"))) & INSTALLERS == set()


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_no_lesson_installs_anything(path):
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    for cell in cells:
        if cell.source != SETUP_CELL:  # which starts one program, git
            assert set(imported(cell.source)) & INSTALLERS == set(), cell.id
    assert 'subprocess.run(["git", "clone", ' in SETUP_CELL and SETUP_CELL.count(".run(") == 1
