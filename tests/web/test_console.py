"""What docs/browser.md shows of the console, in both hosts."""

import re

import pytest
from playwright.sync_api import Page

from tests.live import ROOT

CALL = re.compile(r"^(?:const \w+ = )?(?:await )?latentLab\.(\w+)", re.MULTILINE)


def documented() -> str:
    """The block of docs/browser.md."""
    text = (ROOT / "docs" / "browser.md").read_text(encoding="utf-8")
    return text.split("```js\n")[1].split("```")[0]


@pytest.mark.both
def test_the_documented_lines_run(page: Page) -> None:
    page.wait_for_function("() => latentLab.seen")
    lines = re.sub(r";? *//.*$", "", documented(), flags=re.MULTILINE).strip().split("\n")
    kept = "; ".join(
        line if line.startswith("const") else f"found.push({line})" for line in lines if line
    )
    found = page.evaluate(f"async () => {{ const found = []; {kept}; return found; }}")
    by_name = dict(
        zip(
            [CALL.match(line)[1] for line in lines if not line.startswith("const")],  # type: ignore[index]
            found,
            strict=True,
        )
    )
    assert "mnist-vae" in by_name["models"]
    assert len(by_name["encode"]["mean"]) == 2
    assert by_name["elbo"]["elbo"] == pytest.approx(
        -by_name["elbo"]["rate"] - by_name["elbo"]["distortion"]
    )
    assert by_name["elbo"]["elbo"] <= by_name["posterior"]["log_prob"]
    assert sum(mode["mass"] for mode in by_name["posterior"]["modes"]) <= 1 + 1e-9
    assert len(by_name["complete"]["samples"]) == 8
    assert by_name["geodesic"]["length"] <= by_name["geodesic"]["straight_length"]
    assert len(by_name["generate"]["pictures"]) == 16
    assert "z=1.5%2C-0.5" in by_name["link"]


def test_all_that_the_console_has_is_documented(page: Page) -> None:
    names = page.evaluate("Object.keys(Object.getOwnPropertyDescriptors(latentLab))")
    text = documented()
    assert {name for name in names if f"latentLab.{name}" not in text} <= {"model", "tab", "ends"}
