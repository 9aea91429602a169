"""The repository's address: the same everywhere, and changed everywhere by one command."""

import re
import shutil
import subprocess
import sys

import pytest

from tools import setup_cell
from tools.setup_cell import REPOSITORY, ROOT, addresses, renamed, site_address, texts

# Whose repositories and sites the course names besides its own.
OTHERS = {"googlecolab", "jupyterhub", "zalandoresearch"}
OWNER, NAME = REPOSITORY.split("/")
HOST = "github.com"  # an example's address in this file must not look like one of the course's


def of_the_course(text):
    """The addresses in a text that are to be the course's own."""
    sites = re.findall(r"https://([\w-]+)\.github\.io/([\w.-]*\w)?", text)
    every = addresses(text) + [f"{owner}/{name}" for owner, name in sites]
    return {address for address in every if address.split("/")[0] not in OTHERS}


def read(path):
    return path.read_text(encoding="utf-8")


def test_every_address_in_the_repository_is_the_one_that_is_set():
    seen = {path: of_the_course(text) for path, text in texts().items()}
    assert {path.name: found for path, found in seen.items() if found - {REPOSITORY}} == {}
    places = {str(path.relative_to(ROOT)) for path, found in seen.items() if found}
    lessons = {f"notebooks/{path.name}" for path in ROOT.glob("notebooks/*.ipynb")}
    assert {"README.md", "tools/setup_cell.py", *lessons} <= places


@pytest.mark.parametrize(
    "form",
    [
        "see https://github.com/{}.",
        "git clone https://github.com/{}.git",
        "git@github.com:{}.git",
        "https://colab.research.google.com/github/{}/blob/main/notebooks/02_kernel.ipynb",
        "https://mybinder.org/v2/gh/{}/main?urlpath=lab/tree/notebooks/02_kernel.ipynb",
        "https://nbviewer.org/github/{}/tree/main",
        "https://raw.githubusercontent.com/{}/main/README.md",
        'REPOSITORY = "{}"',
    ],
)
def test_every_form_is_found_and_changed_and_changed_back(form):
    text, others = form.format(REPOSITORY), form.format("some-one/else.where")
    assert of_the_course(text) == {REPOSITORY}
    assert of_the_course(others) == {"some-one/else.where"}
    assert renamed(text, "some-one/else.where") == others
    assert renamed(others, REPOSITORY, old="some-one/else.where") == text
    assert renamed(others, "a/b") == others  # somebody else's


def test_folders_named_after_the_repository_and_the_site_change_too():
    old, new = (
        f"git clone https://github.com/{owner}/{name}.git\n    cd {name}\n"
        f"https://{owner}.github.io/{name}/02_kernel.html and https://{owner}.github.io/{name}.\n"
        f"https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2F{owner}"
        f"%2F{name}&targetPath=convolution&urlpath=lab%2Ftree%2Fconvolution%2Fnotebooks"
        for owner, name in ((OWNER, NAME), ("a", "b"))
    )
    assert renamed(old, "a/b") == new
    assert renamed(new, REPOSITORY, old="a/b") == old
    assert of_the_course(new) == {"a/b"}


def test_a_short_name_is_changed_only_where_it_is_an_address():
    text = f"n/a/b, {HOST}/a/bc, {HOST}/a/b-c, a/b, data/b; cd b; https://{'a'}.github.io/bc"
    assert renamed(text, "c/d", old="a/b") == text


@pytest.fixture
def copy(tmp_path):
    """The course as it is now, without git and without what it makes."""
    made = shutil.ignore_patterns(".git", ".venv*", ".*_cache", "__pycache__", "_s*", "logs")
    return shutil.copytree(ROOT, tmp_path / "course", ignore=made)


def test_one_command_writes_a_new_address_everywhere_and_back(copy):
    def publish(name):
        script = [sys.executable, "tools/setup_cell.py", name]
        return subprocess.run(script, cwd=copy, capture_output=True, text=True, check=True).stdout

    before = texts(copy)
    assert site_address("some-one/else") in publish("some-one/else")
    for path, text in texts(copy).items():
        assert of_the_course(text) <= {"some-one/else"}, path
        assert OWNER not in text, path
    check = [sys.executable, "tools/notebooks.py", "--check"]
    assert subprocess.run(check, cwd=copy).returncode == 0
    assert "tools/setup_cell.py" in publish(f"https://github.com/{REPOSITORY}.git")
    assert texts(copy) == before


@pytest.mark.parametrize(
    "name", ["", "a", "a/b/c", "a b/c", "-a/b", "a/..", "a/b c", "../b", "ä/b"]
)
def test_what_is_no_name_is_refused_and_nothing_is_written(tmp_path, name):
    (tmp_path / "README.md").write_text(f"github.com/{REPOSITORY}")
    with pytest.raises(ValueError, match="owner/name; got"):
        setup_cell.rename(name, root=tmp_path)
    assert read(tmp_path / "README.md") == f"github.com/{REPOSITORY}"


def test_the_site_of_an_owner_has_no_folder():
    assert site_address("A/a.github.io") == "https://" + "A.github.io"
    page = site_address() + "/02_kernel.html"
    moved = renamed(page, "A/a.github.io")
    assert moved == "https://" + "A.github.io/02_kernel.html"
    assert renamed(moved, REPOSITORY, old="A/a.github.io") == page


def test_without_a_name_the_command_says_how_it_is_called():
    with pytest.raises(SystemExit, match="make publish REPO=owner/name"):
        setup_cell.main([""])
