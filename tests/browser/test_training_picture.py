"""A training that is watched in JupyterLab and in Notebook 7: it moves, and the button stops it."""

import pytest
from conftest import eventually
from playwright.sync_api import expect

from tools.jupyter_page import ROOT

SOURCE = """import sys
sys.path.insert(0, {root!r})
from tests.test_training import *
from helpers import watch_training
watch, model = watch_training(*KEPT), small_model()
past = fit(model, watch, epochs={epochs})
"""
# Running all cells as a key press does: nobody waits until they have run.
RUN = """(source) => {
  const cell = jupyterapp.shell.currentWidget.content.model.cells.get(0);
  cell.sharedModel.setSource(source);
  jupyterapp.commands.execute("notebook:run-cell");
}"""


@pytest.fixture
def train(host):
    """Start a training of so many epochs; give the page and the picture in it."""
    host.page.set_viewport_size({"width": 1280, "height": 900})
    host.errors.clear()

    def run(epochs):
        host.command("notebook:clear-all-cell-outputs")
        host.page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 0")
        host.page.evaluate(RUN, SOURCE.format(root=str(ROOT), epochs=epochs))
        picture = host.page.locator(".course-training")
        expect(picture.locator("svg").first).to_be_visible(timeout=60_000)
        return picture

    yield run
    assert [error for error in host.errors if "widget model not found" not in error] == []


def batch(picture):
    return int(picture.locator("progress").get_attribute("value"))


@pytest.mark.parametrize("by", ["pointer", "keyboard"])
def test_the_button_stops_the_training_while_the_cell_runs(host, train, by):
    picture = train(epochs=5000)
    expect(picture.locator(".course-message")).to_contain_text("press the button", timeout=30_000)
    first = batch(picture)

    def moved():
        assert batch(picture) > first

    eventually(moved, seconds=20)
    stop = picture.get_by_role("button", name="Stop and keep what it learned", exact=True)
    if by == "pointer":
        stop.click()
    else:
        stop.focus()
        host.page.keyboard.press("Enter")
    message = picture.locator(".course-message")
    expect(message).to_contain_text("Stopped after", timeout=30_000)
    expect(message).to_contain_text("What it learned is kept.")
    expect(stop).to_be_hidden()
    name, epoch = host.value("[list(watch.checkpoints)[-1], watch.record.epoch]")
    assert name in ("when stopped", f"after epoch {epoch}") and epoch < 5000
    assert host.value("same(watch.checkpoints[list(watch.checkpoints)[-1]], model.get_weights())")
    assert host.value("model.predict(KEPT[0], verbose=0).shape") == [30, 3]
    assert batch(picture) == host.value("watch.record.batch")


def test_the_charts_show_the_numbers_that_python_has(host, train):
    picture = train(epochs=4)
    expect(picture.locator(".course-message")).to_contain_text("Done after", timeout=60_000)
    record = host.value("[watch.record.learning, watch.record.kept]")
    shown = picture.locator("figcaption b").all_text_contents()
    formats = "{:.3f}", "{:.1%}"
    wanted = [one.format(c[-1][i]) for i, one in enumerate(formats, start=1) for c in record]
    assert shown == wanted
    for figure in picture.locator("figure").all():
        lines = figure.locator("polyline").evaluate_all("all => all.map(l => l.points.length)")
        assert lines == [len(curve) for curve in record]
    expect(picture.get_by_role("progressbar", name="training")).to_have_js_property("value", 120)
    expect(picture.get_by_role("img", name="loss, batch by batch")).to_be_visible()
    expect(picture.get_by_role("img", name="accuracy, batch by batch")).to_be_visible()
    expect(picture.get_by_role("status")).to_contain_text("Done after 120 of 120 batches")


@pytest.mark.parametrize("width", [640, 853, 1280])
def test_it_fits_the_page(host, train, width):
    picture = train(epochs=1)
    expect(picture.locator(".course-message")).to_contain_text("Done after", timeout=60_000)
    host.page.set_viewport_size({"width": width, "height": 900})

    host.page.wait_for_timeout(400)  # the page takes its new width

    def check():
        room = picture.bounding_box()
        for part in picture.locator("figure, progress, span, svg, button").all():
            place = part.bounding_box()
            if place is None:  # the button, when nothing is left to stop
                continue
            assert place["x"] >= room["x"] - 1
            assert place["x"] + place["width"] <= room["x"] + room["width"] + 1

    eventually(check)
