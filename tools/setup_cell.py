"""The setup cell, the same bytes in every notebook, and the one place for the repository's address.

Run `make publish REPO=owner/name` when the repository has moved: it writes the new address here and
wherever else it stands, in badges, setup cells, links to the site and to a JupyterHub.
"""

import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = "convolution-one-window-at-a-time/course"
ROOT = Path(__file__).resolve().parent.parent

SETUP_CELL = f"""\
import subprocess
import sys
from pathlib import Path

course = "https://github.com/{REPOSITORY}"
if "google.colab" in sys.modules and not Path("course").exists():  # Colab: fetch the course
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", course, "course"], check=False)
folders = [Path.cwd(), *Path.cwd().parents, Path.cwd() / "course"]
root = next((f for f in folders if (f / "helpers" / "convolution.py").exists()), None)
if root is None:
    raise SystemExit(f"The folder helpers/ is missing. Fetch the whole course: {{course}}")
sys.path.insert(0, str(root))"""

# owner/name after the address of a host, in the line above, and escaped inside other addresses. A
# short name such as a/b may stand anywhere else, so nothing is replaced without what precedes it.
HOSTS = r"github(?:usercontent)?\.com|mybinder\.org/v2/gh|(?:google\.com|nbviewer\.org)/github"
SLASH = r"(/|%2F)"
OWNER, NAME = r"([A-Za-z0-9][A-Za-z0-9-]*)", r"([\w-]+(?:\.(?!git\b)[\w-]+)*)"
ADDRESS = re.compile(rf'((?:{HOSTS})(?:[:/]|%2F)|\bREPOSITORY = "){OWNER}{SLASH}{NAME}')


def texts(root=ROOT):
    """Return the text files of the repository as {path: text}."""
    try:
        command = ["git", "ls-files", "-z"]
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout
        paths = [root / name for name in listed.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):  # no git, or the course came as a ZIP file
        paths = [path for path in root.rglob("*") if ".venv" not in path.parts]
    contents = {path: content_of(path) for path in sorted(paths) if path.is_file()}
    return {path: text for path, text in contents.items() if text is not None}


def content_of(path):
    """Return the text of a file, or None if it holds something else."""
    content = path.read_bytes()
    try:
        return None if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return None


def addresses(text):
    """Return every owner/name in a text that follows the address of a host.

    >>> a_badge, a_clone = "mybinder.org/v2/gh/" + "a/b/main", "https://github.com/" + "c/d.git"
    >>> addresses(f"{a_badge} {a_clone} e/f")
    ['a/b', 'c/d']
    """
    return [f"{owner}/{name}" for _, owner, _, name in ADDRESS.findall(text)]


def site_address(repository=REPOSITORY):
    """Return the address at which GitHub publishes the site, without a last slash.

    >>> [site_address(name).split("//")[1] for name in ("a/b", "a/a.github.io")]
    ['a.github.io/b', 'a.github.io']
    """
    owner, name = repository.split("/")
    site = f"{owner}.github.io"
    return f"https://{site}" + (f"/{name}" if name.lower() != site.lower() else "")


def renamed(text, new, old=REPOSITORY):
    """Return the text with the address `new` wherever `old` stands as an address."""
    (owner, name), (new_owner, new_name) = old.split("/"), new.split("/")

    def change(found):
        before, its_owner, slash, its_name = found.groups()
        is_old = (its_owner, its_name) == (owner, name)
        return f"{before}{new_owner}{slash}{new_name}" if is_old else found[0]

    text = ADDRESS.sub(change, text)
    text = re.sub(rf"{re.escape(site_address(old))}(?![\w-]|\.\w)", site_address(new), text)
    # The folder that a clone makes has the repository's name.
    cloned = rf"(git clone \S+{re.escape(new)}(?:\.git)?\s+cd ){re.escape(name)}\b"
    return re.sub(cloned, rf"\g<1>{new_name}", text)


def repository_of(given):
    """Return owner/name for what was given, which may be a whole address; or say what is wrong.

    >>> repository_of("https://github.com/" + "a/b.git")
    'a/b'
    """
    short = re.sub(r"^(https://github\.com/|git@github\.com:)|(\.git)?/?$", "", given.strip())
    if not re.fullmatch(OWNER + "/" + NAME, short, re.ASCII):
        raise ValueError(f"A repository's name is owner/name; got {given!r}.")
    return short


def rename(new, old=REPOSITORY, root=ROOT):
    """Write the address `new` wherever `old` stands; return the files that changed."""
    new, changed = repository_of(new), []
    for path, before in texts(root).items():
        after = renamed(before, new, old)
        if after != before:
            path.write_bytes(after.encode())
            changed.append(path)
    return changed


def main(arguments):
    """Rename as the command line says, and say what was done."""
    if len(arguments) != 1 or not arguments[0]:
        raise SystemExit("usage: make publish REPO=owner/name")
    try:
        changed = rename(arguments[0])
    except ValueError as error:
        raise SystemExit(str(error)) from None
    for path in changed:
        print(path.relative_to(ROOT))
    repository = repository_of(arguments[0])
    print(f"The address is github.com/{repository}; the site's will be {site_address(repository)}.")


if __name__ == "__main__":
    main(sys.argv[1:])
