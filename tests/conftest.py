"""What holds for every test: none is skipped, random cases take the time they take."""

import os

import hypothesis
import pytest

# Two files of this name are no modules with doctests, and Python would take one for the other.
collect_ignore = ["conftest.py", "browser/conftest.py"]

os.environ.pop("PROJECTOR", None)  # the tests look at pictures in their usual size

hypothesis.settings.register_profile("course", deadline=None, print_blob=True)
hypothesis.settings.load_profile("course")


class NothingSkipped:
    """Turns every skip into a failure: a check that did not run must not look like one that passed.

    Registered as a plugin, because a conftest.py would see the tests of its own folder only, not
    those in helpers/ and notebooks/.
    """

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self):
        return failed_if_skipped((yield))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self):
        return failed_if_skipped((yield))


class LessonsAsStored:
    """nbval compares a lesson with its stored form, so its kernel makes that form."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item):
        with pytest.MonkeyPatch.context() as patch:  # the kernel starts in here
            if item.path.suffix == ".ipynb":
                patch.setenv("CONVOLUTION_STILLS", "1")
            return (yield)


@pytest.fixture(scope="session")
def browser():
    """A real browser. All tests of a process share it: Playwright allows no second one."""
    from tools.jupyter_page import open_browser

    with open_browser() as one:
        yield one


def failed_if_skipped(report):
    """The same report; a skip in it (other than an expected failure) counts as a failure."""
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped here. {report.longrepr}"
    return report


def pytest_configure(config):
    config.pluginmanager.register(NothingSkipped(), "nothing-skipped")
    config.pluginmanager.register(LessonsAsStored(), "lessons-as-stored")
