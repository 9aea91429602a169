"""A prediction in JupyterLab and in Notebook 7: by keyboard and pointer, and back in Python."""

import pytest
from conftest import eventually
from playwright.sync_api import expect

from helpers.exercises import predict

CELLS = """() => [...jupyterapp.shell.currentWidget.content.model.cells].map(
  (cell) => [cell.type, cell.sharedModel.source])"""


@pytest.fixture
def question(host):
    host.errors.clear()
    host.run('from helpers import predict\n\nquestion = predict("2.bars")\nquestion')
    box = host.page.locator(".course-prediction")
    expect(box).to_be_visible()
    cells = host.page.evaluate(CELLS)
    yield box
    assert host.page.evaluate(CELLS) == cells  # the keys a and b would make new cells
    # JupyterLab's own complaint when a page's first widget comes while it still restores others.
    assert [error for error in host.errors if "widget model not found" not in error] == []


def should_be_chosen(host, words):
    def check():
        assert host.execute("print(question.choice, question.revealed)").strip() == words

    eventually(check)


def option(question, name):
    return question.get_by_role("button", name=name, exact=True)


def test_by_keyboard(host, question):
    option(question, "a x").focus()
    host.page.keyboard.press("d")
    expect(option(question, "d =")).to_have_attribute("aria-pressed", "true")
    expect(option(question, "d =")).to_be_focused()
    host.page.keyboard.press("b")  # the choice may change
    expect(option(question, "d =")).to_have_attribute("aria-pressed", "false")
    expect(question.get_by_role("status")).to_contain_text("You predicted: +. Try it")
    should_be_chosen(host, "+ False")
    for _ in range(4):
        host.page.keyboard.press("Tab")
    host.page.keyboard.press("Space")
    answer = predict("2.bars").answer
    expect(question.get_by_role("status")).to_have_text(f"You predicted: +.\nAnswer: {answer}")
    should_be_chosen(host, "+ True")


def test_by_pointer(host, question):
    reveal = question.get_by_role("button", name="Show the answer")
    expect(reveal).to_be_hidden()
    option(question, "e − and = (a tie)").click()
    should_be_chosen(host, "− and = (a tie) False")
    reveal.click()
    option(question, "a x").click(force=True)  # after the answer nothing changes any more
    expect(option(question, "a x")).to_have_attribute("aria-disabled", "true")
    should_be_chosen(host, "− and = (a tie) True")
    question.get_by_role("button", name="Hide the answer").click()
    option(question, "a x").click()
    should_be_chosen(host, "x False")


def test_what_python_sets_is_shown(host, question):
    host.execute("question.choice = '−'; question.revealed = True")
    expect(question.get_by_role("status")).to_contain_text("You predicted: −.\nAnswer:")
    expect(option(question, "c −")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("width", [640, 1280])
def test_it_fits_a_narrow_page_and_keeps_its_height(host, question, width):
    host.page.set_viewport_size({"width": width, "height": 720})
    host.page.wait_for_timeout(500)  # the page takes its new width
    before = question.bounding_box()["height"]
    option(question, "a x").press("b")
    assert question.evaluate("(box) => box.scrollWidth <= box.clientWidth")
    if width == 1280:
        assert question.bounding_box()["height"] == before
