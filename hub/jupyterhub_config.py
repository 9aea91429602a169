"""The trial hub's settings. JupyterHub reads this file; tools/trial_hub.py starts it (`make hub`).

A trial only: all readers are one and the same user of this machine, with one password, and nothing
keeps them apart but their good manners. docs/HUB.md says what to use for a class.
"""

import os
import shutil
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parent.parent
READERS = Path(os.environ.get("COURSE_HUB_DATA", COURSE / ".hub")) / "readers"
COPIED = ("notebooks", "helpers")
LESSONS = sorted(path.name for path in (COURSE / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def give_copy(spawner):
    """Give a new reader a copy of the course; what a reader already has is left alone."""
    home = READERS / spawner.user.name
    for name in COPIED:
        if not (home / name).exists():
            half = home / f"{name}.half"  # a copy that was interrupted is begun again
            shutil.rmtree(half, ignore_errors=True)
            litter = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            shutil.copytree(COURSE / name, half, ignore=litter)
            half.rename(home / name)


c = get_config()  # noqa: F821 - JupyterHub puts it here

# Who comes in: any name of letters, digits, - and _, with the one password. Without it: nobody.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ.get("COURSE_HUB_PASSWORD")
c.Authenticator.allow_all = True
c.Authenticator.username_pattern = r"[^\W_][\w-]{0,31}\Z"

# What they get: a server in a folder of their own, as this machine's user, at the first lesson.
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(READERS / "{username}")
c.Spawner.pre_spawn_hook = give_copy
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.default_url = f"/lab/tree/notebooks/{LESSONS[0]}"
c.Spawner.environment = {
    name: os.environ[name] for name in ("MNIST_PATH", "FASHION_MNIST_PATH") if name in os.environ
}
# A lesson that was closed gives its memory back after 20 minutes; an open one is left alone.
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=1200",
    "--MappingKernelManager.cull_interval=60",
]
if os.geteuid() == 0:
    c.Spawner.args.append("--allow-root")
# Thirty servers that start at once on a small machine take minutes, not JupyterHub's 30 seconds.
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
