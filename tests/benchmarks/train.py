"""A training in the page beside torch on one core, in one run: python -m tests.benchmarks.train

Steps a second of one batch of 64 pictures, forward, backward and AdamW. The floor is what the
multiply-adds of a step would take at the rate of the kernel's largest product alone. Then the tab
itself, as a visitor has it: steps and frames a second, and how far it is after ten seconds.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch

import tempfile
import time
from pathlib import Path

import torch
from playwright.sync_api import Page, sync_playwright

from tests.web.conftest import QUIET, find_chromium, open_lab, open_tab, served
from ui.descriptions import names_in
from ui.export import WEIGHTS, export_folder
from vae_core.model import VAE, VAEConfig
from vae_core.objectives import elbo

SIZES = {
    "8 x 8, width 64": (8, 64, 1500),
    "28 x 28, width 256": (28, 256, 100),
}  # side, width, steps
BATCH = 64
STEPS = """async ([side, width, batch, steps]) => {
  const { TrainableVAE } = await import("./lab/core/train/gradients.js");
  const { random } = await import("./lab/core/random.js");
  const sizes = { shape: [1, side, side], encoder: [width, 1], decoder: [width, 1] };
  const architecture = { ...sizes, likelihood: "bernoulli", objective: "elbo" };
  const model = new TrainableVAE(architecture, { most: batch }), { uniform, normal } = random(1);
  model.begin({ uniform });
  const x = Float32Array.from({ length: batch * side * side }, () => Number(uniform() < 0.2));
  const noise = Float32Array.from({ length: 2 * batch }, normal);
  const recipe = { objective: "elbo", beta: 1 };
  const step = () => { model.gradients(x, noise, recipe); model.step(1e-3); };
  for (let k = 0; k < steps / 5; k++) step();
  const start = performance.now();
  for (let k = 0; k < steps; k++) step();
  const seconds = (performance.now() - start) / 1000 / steps;
  return { seconds, bytes: model.kernel.buffer.byteLength };
}"""
RATE = """async () => { // multiply-adds a second of one product of 256 x 784 by 784 x 64
  const { Kernel } = await import("./lab/core/kernel.js");
  const [m, k, n] = [256, 784, 64], kernel = new Kernel(m * k + k * n + m * n);
  const [a, b, c] = [m * k, k * n, m * n].map((size) => kernel.take(size).fill(0.01));
  const run = (times) => { for (let i = 0; i < times; i++) kernel.multiply(a, b, c, [m, n, k]); };
  run(20);
  const start = performance.now();
  run(100);
  return (100 * m * k * n) / ((performance.now() - start) / 1000);
}"""
TAB = """async () => {
  let frames = 0, running = true;
  const { course } = await import("./lab/parts/train-course.js");
  const tell = course.tell;
  course.tell = (news) => { if (news === "frame") frames++; tell(news); };
  const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
  let longest = 0, last = performance.now();
  (function watch() {
    const now = performance.now();
    [longest, last] = [Math.max(longest, now - last), now];
    if (running) requestAnimationFrame(watch);
  })();
  document.querySelector(".train .go").click();
  await pause(10_000);
  const { steps } = course;
  running = false;
  course.pause();
  while (!course.trained) await pause(50);
  const { logProb, elbo, knn } = course.figures;
  return { steps: steps / 10, frames: frames / 10, longest, logProb, elbo, knn };
}"""


def torch_seconds(side: int, width: int, steps: int) -> float:
    """A step of the same model and batch."""
    torch.set_num_threads(1)
    sizes = {"encoder_width": width, "decoder_width": width, "encoder_blocks": 1}
    model = VAE(VAEConfig("folder", (1, side, side), decoder_blocks=1, **sizes))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    x, noise = (torch.rand(BATCH, 1, side, side) < 0.2).float(), torch.randn(1, BATCH, 2)
    start = 0.0
    for step in range(steps + steps // 5):
        if step == steps // 5:
            start = time.perf_counter()
        optimizer.zero_grad()
        elbo(model, x, noise).total.backward()
        optimizer.step()
    return (time.perf_counter() - start) / steps


def work(side: int, width: int) -> int:
    """Multiply-adds of a step: three products for each weight and picture."""
    return 3 * BATCH * (2 * side**2 * width + 4 * width**2 + 6 * width)


def report(page: Page) -> None:
    rate = page.evaluate(RATE)
    print(f"the kernel's largest product: {rate / 1e9:.1f} billion multiply-adds a second\n")
    print("| model | steps/s in the page | floor | torch, one core | ratio | memory |")
    print("|---|---|---|---|---|---|")
    for name, (side, width, steps) in SIZES.items():
        found = page.evaluate(STEPS, [side, width, BATCH, steps])
        mine, theirs = 1 / found["seconds"], 1 / torch_seconds(side, width, steps)
        floor = rate / work(side, width)
        print(
            f"| {name} | {mine:.0f} | {floor:.0f} | {theirs:.0f} | {mine / theirs:.2f} "
            f"| {found['bytes'] / 1e6:.1f} MB |"
        )
    open_tab(page, "train")
    page.locator(".train .go:enabled").wait_for()
    found = page.evaluate(TAB)
    print(
        f"\nThe tab, ten seconds: {found['steps']:.0f} steps and {found['frames']:.0f} frames a "
        f"second, longest wait for one {found['longest']:.0f} ms; 20-NN {found['knn']:.3f}, "
        f"log p(x) {found['logProb']:.2f}, ELBO {found['elbo']:.2f}."
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        export_folder(Path(folder), WEIGHTS, names_in(WEIGHTS))
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=QUIET)
        with served(Path(folder)) as address:
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            open_lab(page, address)
            report(page)
        browser.close()


if __name__ == "__main__":
    main()
