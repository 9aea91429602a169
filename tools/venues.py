"""Run the lessons with the packages of the places where readers open them.

    python tools/venues.py          all four, one after the other
    python tools/venues.py colab    Colab's versions, its way to the course, its kind of notebook
    python tools/venues.py oldest   the lowest versions that requirements.txt admits
    python tools/venues.py newest   the highest ones, whatever was tested
    python tools/venues.py binder   what repo2docker installs, and the memory that the lessons take

Each place gets an environment of its own, made anew in .venvs/NAME, with the Python that belongs
to it: python3.11, python3.12 and python3.13 must be there for all four. `--keep` takes the
environments as the last run left them. The tool itself runs in the course's .venv, after
`python tools/install.py --dev`.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

import nbformat
import yaml
from nbclient import NotebookClient
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools.install import clean_environment  # noqa: E402 - found from any folder
from tools.setup_cell import REPOSITORY, ROOT  # noqa: E402
from tools.venue_pages import check_pages  # noqa: E402

PYTHONS = {"colab": "3.13", "oldest": "3.11", "newest": "3.13", "binder": "3.12"}
NBCLASSIC = "nbclassic==1.3.3"  # the notebook of the time of Colab's ipywidgets 7
KERNEL_MB, BINDER_MB, SERVER_MB = 1200, 2000, 200  # the last is what JupyterLab itself takes


class Failed(Exception):
    """The lessons do not run in this place; the message says which step failed."""


def run(step, *command, **options):
    """Run a command and return what it prints; `Failed` with its last words if it fails."""
    print(f"  {step}", flush=True)
    options = {"env": clean_environment(), "cwd": ROOT, **options}
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run([str(part) for part in command], text=True, **pipes, **options)
    if done.returncode:
        raise Failed(f"{step} failed:\n{done.stdout[-6000:]}")
    return done.stdout


# ---- environments


def find_python(version):
    """The path of a Python of this version, such as "3.12": the present one, or one on the PATH."""
    ask = "import sys; print(sys.executable, '{}.{}'.format(*sys.version_info), sep='\\n')"
    present = getattr(sys, "_base_executable", sys.executable)
    for name in (present, f"python{version}", "python3", "python"):
        with contextlib.suppress(OSError):
            done = subprocess.run([name, "-c", ask], capture_output=True, text=True)
            if done.stdout.splitlines()[1:] == [version]:
                return done.stdout.splitlines()[0]
    raise Failed(f"This needs Python {version}, and none was found here: install it and try again.")


def demands(text):
    """What a requirements file asks for, line by line."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [Requirement(line) for line in lines]


def lowest(text):
    """The lowest versions that a requirements file admits, as a requirements file."""
    wanted = demands(text)
    for one in wanted:
        [floor] = [part.version for part in one.specifier if part.operator == ">="]
        one.specifier = SpecifierSet(f"=={floor}")
    return "\n".join(map(str, wanted))


def whatever(text):
    """The packages of a requirements file in any version, as a requirements file."""
    wanted = demands(text)
    for one in wanted:
        one.specifier = SpecifierSet()
    return "\n".join(map(str, wanted))


def pip_part(text):
    """The pip part of an environment.yml, as the requirements file that conda makes of it."""
    [part] = [part for part in yaml.safe_load(text)["dependencies"] if isinstance(part, dict)]
    return "\n".join(part["pip"])


def build(name, *texts):
    """Make the environment .venvs/NAME with what these requirements files say; its Python."""
    python = python_of(name)
    version = PYTHONS.get(name, "3.12")
    folder = ROOT / ".venvs" / name
    folder.parent.mkdir(exist_ok=True)
    (folder.parent / ".gitignore").write_text("*\n")
    run(f"making .venvs/{name}", find_python(version), "-m", "venv", "--clear", folder)
    for text in texts:
        # In the course's folder, where conda puts it too: that is where -r and -c look.
        file = ROOT / f".requirements-{name}.txt"
        file.write_text(text)
        try:
            pip = [python, "-m", "pip", "install", "--quiet", "--no-input", "-r", file]
            run(f"installing {' '.join(text.split())}", *pip)
        finally:
            file.unlink()
    return python


def python_of(name):
    """The Python of the environment .venvs/NAME."""
    inside = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    return ROOT / ".venvs" / name / inside


# ---- places


def copy_course(folder):
    """Put the lessons and the code that they use into a folder, and nothing else."""
    for part in ("helpers", "notebooks"):
        hidden = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(ROOT / part, folder / part, ignore=hidden)


# What the kernels of Colab have loaded before the first cell, as far as anywidget asks for it.
FAKE_COLAB = """\
import sys, types
colab, output = types.ModuleType("google.colab"), types.ModuleType("google.colab.output")
output.enable_custom_widget_manager = lambda: None
output._widgets = types.SimpleNamespace(_installed_url="https://example.org/widgets.js")
colab.output = output
sys.modules.update({"google.colab": colab, "google.colab.output": output})
"""


def like_colab(folder):
    """Make a folder like Colab's: a notebook, no course, and a GitHub that has it.

    Returns the folder with the lessons, and the environment in which `git clone` from the course's
    address gives the present state of the course, and in which kernels say that they are Colab's.
    """
    github, content, ipython = (folder / name for name in ("github", "content", "ipython"))
    copy_course(github)
    who = "-c user.name=Nobody -c user.email=nobody@example.org"
    for command in ("init", "add .", f"{who} commit -m all"):
        run(f"a stand-in for GitHub: git {command}", "git", *command.split(), cwd=github)
    shutil.copytree(github / "notebooks", content)
    startup = ipython / "profile_default" / "startup" / "colab.py"
    startup.parent.mkdir(parents=True)
    startup.write_text(FAKE_COLAB)
    return content, {
        "IPYTHONDIR": str(ipython),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{github.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://github.com/{REPOSITORY}",
    }


def check_lessons(python, notebooks, **environment):
    """Every lesson runs, and prints what is stored in it."""
    environment = {**clean_environment(), "CONVOLUTION_STILLS": "1", **environment}
    pytest = [python, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider"]
    lessons = sorted(notebooks.glob("*.ipynb"))
    said = run("the lessons, cell by cell", *pytest, *lessons, cwd=notebooks, env=environment)
    print(f"    {said.strip().splitlines()[-1]}")


# ---- Binder


def check_dockerfile(text):
    """repo2docker copies the course before it hands environment.yml to conda, beside it."""
    steps = ["WORKDIR ${REPO_DIR}", "COPY --chown=1000:1000 src/ ${REPO_DIR}/", "environment.yml"]
    places = [text.find(step) for step in steps]
    if -1 in places or places != sorted(places):
        raise Failed("repo2docker installs environment.yml before it has the course's files.")


def base_of_binder():
    """What is in Binder's environment before the course's packages, as requirements for pip."""
    tool = build("repo2docker", "jupyter-repo2docker")
    options = "--no-build", "--debug", "--user-id=1000", "--user-name=reader"
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "environment.yml", folder)
        shutil.copy(ROOT / "requirements.txt", folder)
        command = [tool.with_name("jupyter-repo2docker"), *options, folder]
        check_dockerfile(run("repo2docker's Dockerfile", *command, cwd=folder))
    find = "import repo2docker.buildpacks.conda as conda; print(conda.HERE)"
    here = Path(run("repo2docker's packages", tool, "-c", find).strip())
    return pinned(
        (here / f"environment.py-{PYTHONS['binder']}.yml").read_text(),
        (here / f"environment.py-{PYTHONS['binder']}-linux-64.lock").read_text(),
    )


def pinned(environment, lock):
    """The Python packages that a conda environment names, at the versions of its lock file."""
    names = re.findall(r"(?m)^- ([a-z_-]+)==", environment)
    found = {name: re.search(rf"/{name}-([\d.]+)-", lock)[1] for name in names}
    return "\n".join(f"{n.removesuffix('-singleuser')}=={found[n]}" for n in names)


def check_memory(python, notebooks):
    """Open the lessons one after another, shut nothing down, and say what their kernels take."""
    kernels = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as opened:
        spec = Path(folder, "kernels", "place", "kernel.json")
        spec.parent.mkdir(parents=True)
        command = [str(python), "-m", "ipykernel_launcher", "--log-level=ERROR"]
        command += ["-f", "{connection_file}"]
        spec.write_text(json.dumps({"argv": command, "display_name": "", "language": "python"}))
        environment = {**clean_environment(), "JUPYTER_PATH": folder}
        opened.enter_context(mock.patch.dict(os.environ, environment, clear=True))
        for path in sorted(notebooks.glob("0*.ipynb")):
            notebook = nbformat.read(path, as_version=4)
            client = NotebookClient(notebook, kernel_name="place", timeout=600)
            client.resources = {"metadata": {"path": str(notebooks)}}
            opened.enter_context(client.setup_kernel())
            for place, cell in enumerate(notebook.cells):
                client.execute_cell(cell, place)
            kernels[path.stem] = Path("/proc", str(client.km.provisioner.pid))
            print(f"    {path.stem}: {megabytes(kernels[path.stem])[0]:.0f} MB at most", flush=True)
        report_memory({name: megabytes(known) for name, known in kernels.items()})


def report_memory(taken):
    """Say what the lessons take together; `Failed` where the README promises less.

    taken: {lesson: (the most that its kernel has had, its share when all are open)}, in MB.
    """
    together = SERVER_MB + sum(share for _, share in taken.values())
    hungriest = max(taken, key=lambda lesson: taken[lesson][0])
    beside = max(share for lesson, (_, share) in taken.items() if lesson != hungriest)
    two = SERVER_MB + taken[hungriest][0] + beside
    print(f"    with JupyterLab's {SERVER_MB} MB: all of them {together:.0f} MB,")
    print(f"    {hungriest} and one other {two:.0f} MB", flush=True)
    if taken[hungriest][0] >= KERNEL_MB or two >= BINDER_MB:
        raise Failed(f"A lesson may take {KERNEL_MB} MB, and two at a time {BINDER_MB}.")


def megabytes(known):
    """The most memory that a process has had, and its share of it now, from its folder in /proc."""
    text = (known / "status").read_text() + (known / "smaps_rollup").read_text()
    kilobytes = [re.search(rf"(?m)^{name}:\s+(\d+) kB", text)[1] for name in ("VmHWM", "Pss")]
    return [int(number) * 1024 / 1e6 for number in kilobytes]


# ---- all together


def visit(name, keep):
    """Run the lessons in one of the four places; `Failed` if something does not work there."""
    python = python_of(name) if keep else build(name, *recipe(name))
    listed = [python, "-m", "pip", "list", "--format=freeze"]
    packages = run("the packages", *listed)
    with tempfile.TemporaryDirectory() as folder:
        notebooks, environment = Path(folder, "notebooks"), {}
        if name == "colab":
            notebooks, environment = like_colab(Path(folder))
        else:
            copy_course(Path(folder))
        check_lessons(python, notebooks, **environment)
        if name == "binder":
            check_memory(python, notebooks)
        else:
            check_pages("classic" if name == "colab" else "lab", python, notebooks, **environment)
    if run("are the packages still the same?", *listed) != packages:
        raise Failed("A lesson has installed something.")


def recipe(name):
    """What to install for a place: requirements files, one after the other."""
    asked = (ROOT / "requirements.txt").read_text()
    if name == "colab":  # its ipywidgets is older than JupyterLab's may be
        return (f"{whatever(asked)}\n{NBCLASSIC}\n-c constraints-colab.txt",)
    if name == "oldest":
        return (lowest(asked),)
    if name == "newest":
        return ("-r requirements.txt",)
    return base_of_binder(), pip_part((ROOT / "environment.yml").read_text())


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Run the lessons where readers open them.")
    parser.add_argument("names", nargs="*", metavar="place", help=", ".join(PYTHONS))
    parser.add_argument("--keep", action="store_true", help="use the environments of the last run")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(PYTHONS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PYTHONS)}")
    for name in options.names or PYTHONS:
        print(f"{name}, Python {PYTHONS[name]}", flush=True)
        try:
            visit(name, options.keep)
        except (Failed, AssertionError) as failure:
            sys.exit(f"{name}: {failure}")


if __name__ == "__main__":
    main()
