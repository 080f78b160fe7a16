"""The README's Python, as it stands there."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.live import ROOT, Server

BLOCKS = re.findall(
    r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
)


# The second goes on where the first ends.
@pytest.mark.parametrize("block", ["".join(BLOCKS[:2]), BLOCKS[2]], ids=["library", "endpoints"])
def test_the_readmes_python_runs(
    block: str, server: Server, digit_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.open(digit_file).convert("L").save("digit.jpg")
    Image.fromarray(np.tile(np.uint8(255) * (np.arange(28) < 14), (28, 1))).save("mask.png")
    names: dict[str, object] = {}
    exec(block.replace("http://127.0.0.1:7860", server.url), names)
    if "strip" in names:
        with Image.open(str(names["strip"])) as strip:
            assert strip.size == (8 * 28, 28)
    else:
        with Image.open("reconstruction.png") as reconstruction:
            assert reconstruction.size == (28, 28)
        bound = -float(names["rate"] + names["distortion"])  # type: ignore[operator]
        assert names["found"].log_prob >= bound - 0.1  # type: ignore[attr-defined]
