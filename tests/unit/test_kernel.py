"""ui/web/core/kernel.js holds kernel.wat, assembled, and nothing else."""

import base64
import re

import wasmtime

from tests.live import ROOT

CORE = ROOT / "ui" / "web" / "core"
MOST_BYTES = 4096


def test_the_page_runs_what_the_text_says():
    assembled = bytes(wasmtime.wat2wasm((CORE / "kernel.wat").read_text("utf-8")))
    held = re.search(r"ASSEMBLED = ([^;]+);", (CORE / "kernel.js").read_text("utf-8"))
    assert held
    encoded = "".join(re.findall(r'"([^"]*)"', held[1]))
    expected = base64.b64encode(assembled).decode()
    assert encoded == expected, f"kernel.js: ASSEMBLED should be {expected}"
    assert len(assembled) <= MOST_BYTES
