"""The lab in Firefox and in WebKit, the engine of every iPhone: one file, opened from a disk."""

import os
from pathlib import Path

import pytest

from tests.web import engines
from ui.export import WEIGHTS, export_file


@pytest.mark.slow
@pytest.mark.parametrize("name", ["firefox", "webkit"])
def test_the_lab_runs_in_another_engine(name: str, tmp_path: Path) -> None:
    if not engines.installed(name):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no {name}: see .ci/run")
    target = tmp_path / "lab.html"
    export_file(target, WEIGHTS, ["mnist-vae"])
    with getattr(engines, name)() as engine:
        engine.go(target.as_uri())
        engines.wait_for(engine, "window.latentLab && latentLab.ready.then(() => true)")
        assert engine.evaluate("latentLab.decode(0, 0).length") == 784
