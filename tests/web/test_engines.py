"""The lab in Firefox and in WebKit, the engine of every iPhone: one file, opened from a disk."""

import os
from pathlib import Path

import pytest
import torch

from tests.web import engines
from tests.web.expected import grid_of, model_of, plane_of
from ui.export import WEIGHTS, export_file

DRAW = """(() => {
  const pad = document.querySelector(".draw-pad .page"), box = pad.getBoundingClientRect();
  pad.setPointerCapture = () => {};
  const send = (type, x, y) => pad.dispatchEvent(new PointerEvent(type, { bubbles: true,
    pointerId: 1, button: 0, clientX: box.x + x * box.width, clientY: box.y + y * box.height }));
  send("pointerdown", 0.4, 0.2);
  for (let k = 1; k < 20; k++) send("pointermove", 0.4 + k / 100, 0.2 + k / 30);
  send("pointerup", 0.6, 0.85);
  return String(latentLab.seen && latentLab.seen.mean);
})()"""
POSTERIOR = "latentLab.posterior(latentLab.decode(0.7, -0.4)).then((found) => found.log_prob)"
GEODESIC = "latentLab.geodesic([-1, 0], [1, 0.5], 9).then((found) => found.length)"
BITS = """(() => {
  const x = latentLab.decode(0.7, -0.4), known = x.map((_, i) => (i < 392 ? 1 : 0));
  return latentLab.complete(x, known, 2).then(({ bits }) => bits); })()"""
TRAIN = "latentLab.train({ steps: 1500 }).then(({ knn }) => knn)"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["firefox", "webkit"])
def test_the_lab_runs_in_another_engine(name: str, tmp_path: Path) -> None:
    """Open, draw, drag; posterior, completion and geodesic agree with the library; then train."""
    if not engines.installed(name):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no {name}: see .ci/run")
    target = tmp_path / "lab.html"
    export_file(target, WEIGHTS, ["mnist-vae"])
    with getattr(engines, name)() as engine:
        engine.go(target.as_uri())
        engines.wait_for(engine, "window.latentLab && latentLab.ready.then(() => true)")
        assert engine.evaluate("latentLab.decode(0, 0).length") == 784
        engines.wait_for(engine, "Boolean(latentLab.seen)")
        example = engine.evaluate("String(latentLab.seen.mean)")
        assert engine.evaluate(DRAW) not in (example, "null")
        engine.evaluate("latentLab.setZ(1.5, 0.5)")
        assert engine.evaluate("String(latentLab.z)") == "1.5,0.5"
        x = model_of("mnist-vae").decode(torch.tensor([[0.7, -0.4]]))
        posterior = grid_of("mnist-vae", None).refine(x).log_prob
        assert engine.evaluate(POSTERIOR) == pytest.approx(posterior, abs=0.05)
        known = torch.zeros(28, 28, dtype=torch.bool)
        known[:14] = True
        bits = grid_of("mnist-vae", None).refine(x, known).information_bits()
        assert engine.evaluate(BITS) == pytest.approx(bits, abs=0.05)
        ends = torch.tensor([[-1.0, 0.0], [1.0, 0.5]])
        length = plane_of("mnist-vae").geodesic(ends[0], ends[1], 9).length
        assert engine.evaluate(GEODESIC) == pytest.approx(length, rel=0.01)
        assert engine.evaluate(TRAIN) >= 0.7
        assert engine.evaluate("latentLab.models.includes('my-optdigits')")
