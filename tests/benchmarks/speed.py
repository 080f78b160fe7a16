"""How fast the lab answers, each figure beside its floor: python -m tests.benchmarks.speed

A floor is what the same machine needs, in the same run, for the part that cannot be saved: the bare
matrix products for a decode. Medians; quote the ratios, because
machines are noisy.
"""

import statistics
import time
from collections.abc import Callable

import httpx
import numpy as np
import torch
from PIL import Image

from tests.api.pictures import digit
from tests.live import running_app
from ui.endpoints import Lab
from vae_core import images
from vae_core.pretrained import WEIGHTS_DIR

MODEL = "mnist-vae"


def median_ms(function: Callable[[], object], times: int = 50) -> float:
    """Median time of a call, after one that does not count."""
    function()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        taken.append(time.perf_counter() - start)
    return 1000 * statistics.median(taken)


def request_ms(url: str) -> float:
    """One /decode over HTTP: the call, and the event that brings the answer."""
    with httpx.Client(base_url=url, timeout=30) as client:

        def decode() -> None:
            call = "gradio_api/call/decode"
            event = client.post(call, json={"data": [0.5, -1.0, MODEL]}).json()["event_id"]
            assert "event: complete" in client.get(f"{call}/{event}").text

        return median_ms(decode)


def matrix_products(lab: Lab) -> Callable[[], None]:
    """The multiply-adds of one decode, and nothing else."""
    weights = [p for p in lab.model(MODEL).decoder.parameters() if p.ndim == 2]
    vectors = [torch.randn(weight.shape[1]) for weight in weights]

    def multiply() -> None:
        for weight, vector in zip(weights, vectors, strict=True):
            weight @ vector

    return multiply


def main() -> None:
    """Measure and print a table."""
    torch.set_num_threads(1)
    lab = Lab(WEIGHTS_DIR)
    page = digit("3").resize((1000, 1000), Image.Resampling.BICUBIC)
    config = lab.model(MODEL).config
    framed = images.to_pil(images.prepare(page, config))
    floor = median_ms(matrix_products(lab), 200)
    products = 64 * floor  # the ELBO decodes 8 x 8 codes
    copy = np.asarray(page)
    with running_app() as app:
        request = request_ms(app.url)
    rows = [
        ("decode, in the process", median_ms(lambda: lab.decode(0.5, -1, MODEL)),
         "its matrix products", floor),
        ("decode, a request", request, "its matrix products", floor),
        ("encode a framed digit, with ELBO", median_ms(lambda: lab.encode(framed, MODEL)),
         "64 decodes, one by one", products),
        ("prepare a page of 1000 x 1000", median_ms(lambda: images.prepare(page, config), 20),
         "a copy as float32", median_ms(lambda: copy.astype(np.float32), 20)),
    ]  # fmt: skip
    print("| figure | ms | floor | ms | ratio |\n|---|---|---|---|---|")
    for name, value, floor_name, least in rows:
        print(f"| {name} | {value:.3g} | {floor_name} | {least:.3g} | {value / least:.3g} |")


if __name__ == "__main__":
    main()
