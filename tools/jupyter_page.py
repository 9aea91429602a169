"""A real JupyterLab or Notebook 7 in a real browser: for the tests, the bench and the pictures.

    with serve(folder) as url, open_browser() as browser:
        page = NotebookPage(browser, url, "lab", "01.ipynb")
        page.run_all()
        page.value("picture.step")

The server is the real one, with folders of its own for everything that it reads and writes about
its user: no setting of whoever runs this gets in, and nothing is left behind.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
from browser import find_browser  # noqa: E402 - neighbours, wherever this file is used from
from trial_hub import free_port  # noqa: E402

ROOT = Path(__file__).parent.parent
ADDRESS = {"lab": "{}/lab/tree/{}?reset", "notebook": "{}/notebooks/{}"}
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
NOTEBOOK = "jupyterapp.shell.currentWidget"
KERNEL = f"{NOTEBOOK}.sessionContext.session.kernel"
# Notebook 7.6 says so at every start, with an empty notebook and no extension too.
ITS_OWN_ERRORS = (
    "reading 'schema'",
    "Command 'filebrowser:open-path' not registered",
    "widget model not found",  # a page's first widget, while it still looks for older ones
)
# Runs code in the kernel; gives what it prints, and the traceback if there is one.
EXECUTE = f"""async (code) => {{
  let printed = "";
  const future = {KERNEL}.requestExecute({{ code, store_history: false }});
  future.onIOPub = ({{ header, content }}) => {{
    if (header.msg_type === "stream") printed += content.text;
  }};
  const {{ content }} = await future.done;
  return [printed, content.traceback ?? null];
}}"""
FOLDERS = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "IPYTHONDIR": "ipython",
}


@contextlib.contextmanager
def serve(folder, **environment):
    """The address of a Jupyter server that shows `folder`, with JupyterLab and Notebook 7 both.

    `environment` is added to the environment of the server and of its kernels, which find the
    course's helpers wherever `folder` is.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as own:
        places = {name: str(Path(own, place)) for name, place in FOLDERS.items()}
        _settings(Path(own, "settings"), "notification", fetchNews="false")
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **places, **environment}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # TensorFlow would take twice as long
        options = ["--no-browser", "--allow-root", "--IdentityProvider.token="]
        # By the name "localhost" two servers may share a port, one on IPv4 and one on IPv6; and of
        # two that look for a port at the same time both may take the first one for free.
        options += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={free_port()}"]
        options += ["--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"]
        options += ["--LabApp.expose_app_in_browser=True"]
        options += ["--JupyterNotebookApp.expose_app_in_browser=True"]
        with open(Path(own, "log"), "wb") as log:
            server = subprocess.Popen(
                [sys.executable, "-m", "jupyter_server", *options],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            yield _address(server, Path(own))
        finally:
            server.terminate()  # it ends its kernels first
            server.wait()


def _settings(folder, name, **values):
    """Write a settings file of JupyterLab, as its Settings menu would."""
    file = folder / "@jupyterlab" / "apputils-extension" / f"{name}.jupyterlab-settings"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values))


def _address(server, own, seconds=60):
    """Where the server listens: it writes that into its runtime folder once it does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        for file in own.glob("runtime/jpserver-*.json"):
            with contextlib.suppress(ValueError):  # half written
                return json.loads(file.read_text())["url"].rstrip("/")
        time.sleep(0.1)
    raise RuntimeError("The Jupyter server did not start:\n" + (own / "log").read_text()[-2000:])


@contextlib.contextmanager
def open_browser():
    """A Chromium or Chrome without a window."""
    options = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=options)
        try:
            yield browser
        finally:
            browser.close()


def write_notebook(file, *sources):
    """Write a notebook of code cells with these sources."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, file)


class NotebookPage:
    """A notebook, open in a page of its own, its kernel started.

    `kind` is "lab" or "notebook"; `options` are those of Playwright's `browser.new_context`:
    viewport, color_scheme, reduced_motion, device_scale_factor and so on. `page` is Playwright's
    page; `errors` is what the browser's console has complained of, apart from what the program
    says at every start by itself.
    """

    def __init__(self, browser, url, kind, path, **options):
        self.kind = kind
        options = {"viewport": {"width": 1280, "height": 720}, **options}
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.errors = []
        self.page.on("console", lambda m: m.type == "error" and self._complain(m.text))
        self.page.on("pageerror", lambda error: self._complain(error.stack or str(error)))
        self.page.goto(ADDRESS[kind].format(url, path))
        self.page.wait_for_function(f"window.jupyterapp && {NOTEBOOK}?.sessionContext?.isReady")
        self.page.evaluate(f"{KERNEL}.info.then(() => null)")

    def _complain(self, words):
        if not any(known in words for known in ITS_OWN_ERRORS):
            self.errors.append(words)

    def command(self, name, **arguments):
        """Execute one of the commands behind the menus, such as "notebook:run-cell"."""
        execute = "([name, given]) => jupyterapp.commands.execute(name, given).then(() => null)"
        self.page.evaluate(execute, [name, arguments])

    def run_all(self):
        """Run all cells. The kernel is then done, but widgets may still be on their way."""
        self.command("notebook:run-all-cells")

    def run(self, source):
        """Put `source` into the first cell and run all cells, the old outputs cleared."""
        self.command("notebook:clear-all-cell-outputs")
        cell = f"{NOTEBOOK}.content.model.cells.get(0)"
        self.page.evaluate(f"(source) => {cell}.sharedModel.setSource(source)", source)
        self.run_all()

    def execute(self, code):
        """Run `code` in the kernel, beside the notebook, and return what it prints.

        RuntimeError, with the traceback, if it fails.
        """
        printed, traceback = self.page.evaluate(EXECUTE, code)
        if traceback:
            raise RuntimeError("\n".join(traceback))
        return printed

    def value(self, expression):
        """The value of an expression in the kernel: numbers, words, lists; arrays become lists."""
        arrays = "default=lambda array: array.tolist()"
        return json.loads(self.execute(f"import json; print(json.dumps({expression}, {arrays}))"))

    def theme(self, name):
        """Change to the "light" or the "dark" theme."""
        self.command("apputils:change-theme", theme=THEMES[name])
        light = str(name == "light").lower()
        self.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def close(self):
        self.context.close()
