"""The class wall: a student sends a code from the lesson, and the teacher's page shows it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.benchmarks.wall import teachers_address
from tests.live import Server, running_app
from tests.web.conftest import open_lab


@pytest.fixture(scope="module")
def app() -> Iterator[Server]:
    with running_app("--class") as server:
        yield server


def test_a_code_that_is_sent_stands_on_the_teachers_map(browser: Browser, app: Server) -> None:
    url, key = teachers_address(app)
    student, teacher = browser.new_page(), browser.new_page()
    open_lab(teacher, f"{url}?lesson=2&wall={key}")
    wall = teacher.get_by_test_id("wall")
    expect(wall).to_contain_text("No pin is here yet.")
    open_lab(student, f"{url}?lesson=1")
    assert student.get_by_test_id("wall").is_hidden()
    student.wait_for_function("() => latentLab.seen")
    send = student.get_by_test_id("wall-send")
    send.get_by_role("combobox").select_option("3")
    send.get_by_role("button").click()
    expect(send).to_contain_text("is on the teacher's map, meant as “3”")
    expect(wall).to_contain_text("One pin is here.")
    wall.get_by_role("button", name="Clear the wall").click()
    wall.get_by_role("button", name="Press once more").click()
    expect(wall).to_contain_text("No pin is here yet.")
    assert f"wall={key}" in teacher.url  # it stays while one goes through the lesson
    assert key not in teacher.evaluate("latentLab.link()")
    student.close()
    teacher.close()


def test_without_the_option_there_is_none(browser: Browser, server: Server) -> None:
    page = browser.new_page()
    open_lab(page, f"{server.url}?lesson=1")
    page.locator("[data-testid=stop]").wait_for()
    assert page.get_by_test_id("wall-send").count() == 0
    page.close()
