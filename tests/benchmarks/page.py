"""How the page feels, in one Chromium in one run: python -m tests.benchmarks.page

Each figure stands beside its target, and decodes beside the plain loop that the kernel took the
place of. The machine wants to be quiet. The pen is followed from the event to the pixels of the
ellipse, the pointer from the event to the pixels of the picture, both with the frame they wait for.
"""

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.web.conftest import QUIET, find_chromium, open_lab, open_tab, served
from ui.export import WEIGHTS, export_folder

KERNEL = """async () => {
  const url = (name) => new URL(`lab/core/${name}.js`, location.href.split("?")[0]).href;
  const { Kernel } = await import(url("kernel"));
  const { lab } = await import(url("../store"));
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  const timed = (times, work) => median(Array.from({ length: times }, (_, k) => {
    const start = performance.now();
    for (let n = 0; n < 20; n++) work(k * 20 + n);
    return (performance.now() - start) / 20;
  }));
  const { net } = lab, rows = 432, out = 784;
  const products = (plain) => { // of one decode of mnist-vae: six of 432 x 432, one of 784 x 432
    const kernel = new Kernel(7 * out * rows + 4 * out, plain);
    const [w, b, x, y] = [out * rows, out, rows, out].map((n) => kernel.take(n));
    w.fill(0.01); x.fill(0.5);
    return () => {
      const part = w.subarray(0, rows * rows), few = y.subarray(0, rows);
      for (let k = 0; k < 6; k++) kernel.linear(part, b, x, few);
      kernel.linear(w, b, x, y);
    };
  };
  const decode = timed(60, (n) => net.decode(Math.sin(n), Math.cos(n)));
  const simd = timed(60, products(false)), loop = timed(20, products(true));
  const codes = (n) => [[n % 3, 0], [1, n % 2], [0, 1], [1, 1]];
  const four = timed(40, (n) => net.logitsOfFour(codes(n), null)) / 4;
  let start = performance.now();
  for (let n = 0; n < 400; n++) net.decode(n % 20, n / 20);
  return { decode, simd, loop, four, tiles: (performance.now() - start) / 1000 };
}"""
POSTERIOR = """async () => {
  const pictures = await latentLab.generate({ n: 21, seed: 3 }).then(({ pictures }) => pictures);
  const times = [];
  for (const picture of pictures) {
    const start = performance.now();
    await latentLab.posterior(picture);
    times.push(performance.now() - start);
  }
  const rest = times.slice(1).sort((a, b) => a - b);
  return { first: times[0] / 1000, median: rest[10], most: rest[18] };
}"""
# 64 x 64 codes, decoded four at a time in a worker, as a whole plane is.
PLANE = """async () => {
  const url = (name) => new URL(`lab/core/${name}.js`, location.href.split("?")[0]).href;
  const text = `
    import { modelOf } from "${url("model")}";
    self.onmessage = ({ data: [description, tensors] }) => {
      const net = modelOf(description, tensors), start = performance.now();
      for (let k = 0; k < 64 * 64; k += 4) {
        net.logitsOfFour([0, 1, 2, 3].map((n) => [((k + n) % 64) / 8 - 4, (k >> 6) / 8 - 4]), null);
      }
      self.postMessage((performance.now() - start) / 1000);
    };`;
  const { readTensors } = await import(url("safetensors"));
  const { lab } = await import(url("../store"));
  const { decoder, shape, classes, conditional, probabilistic, gaussian, objective } = lab.net;
  const blob = new Blob([text], { type: "text/javascript" });
  const worker = new Worker(URL.createObjectURL(blob), { type: "module" });
  const answer = new Promise((done, failed) => {
    worker.onmessage = ({ data }) => done(data);
    worker.onerror = failed;
  });
  const description = { shape, classes, conditional, probabilistic, gaussian, objective };
  worker.postMessage([description, await readTensors(decoder)]);
  return answer.finally(() => worker.terminate());
}"""
# From an event of the pointer to the next frame's end, with all that the page does for it.
HANDS = """async (selector) => {
  const target = document.querySelector(selector);
  const box = target.getBoundingClientRect();
  const send = (type, x, y) => target.dispatchEvent(new PointerEvent(type, {
    bubbles: true, pointerId: 1, pointerType: "mouse", isPrimary: true, button: 0, buttons: 1,
    clientX: box.x + x * box.width, clientY: box.y + y * box.height }));
  target.setPointerCapture = () => {};
  const work = [];
  send("pointerdown", 0.3, 0.3);
  for (let k = 0; k < 120; k++) {
    const angle = k / 9;
    const start = performance.now();
    send("pointermove", 0.5 + 0.2 * Math.cos(angle), 0.5 + 0.25 * Math.sin(angle));
    work.push(performance.now() - start);
    await new Promise((done) => { requestAnimationFrame(done); });
  }
  send("pointerup", 0.5, 0.5);
  const sorted = work.slice(20).sort((a, b) => a - b);
  return { median: sorted[50], most: sorted[95] };
}"""


def measure(page: Page, url: str) -> dict[str, dict[str, Any]]:
    """All figures, in the order in which a visitor meets them."""
    open_lab(page, url)
    first = page.evaluate(POSTERIOR)["first"]  # while the page itself begins to decode the plane
    page.wait_for_function("() => latentLab.seen")
    found = {"kernel": page.evaluate(KERNEL), "pen": page.evaluate(HANDS, ".draw-pad .page")}
    found["plane"] = page.evaluate(PLANE)
    found["posterior"] = page.evaluate(POSTERIOR) | {"first": first}
    open_tab(page, "map")
    page.wait_for_selector(".map-tab [data-ready=true]")
    page.evaluate("latentLab.setZ(-1.8, 1.8)")  # where the pointer goes down, so that it holds it
    found["pointer"] = page.evaluate(HANDS, ".map-tab .marks")
    return found


def main() -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        export_folder(Path(folder), WEIGHTS, ["mnist-vae"])
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=QUIET)
        with served(Path(folder)) as url:
            found = measure(browser.new_page(viewport={"width": 1400, "height": 900}), url)
        browser.close()
    kernel, posterior = found["kernel"], found["posterior"]
    rows = [
        ("one decode of mnist-vae", kernel["decode"], "ms", "≤ 0.35 ms"),
        ("its products with SIMD", kernel["simd"], "ms", ""),
        ("its products by the plain loop", kernel["loop"], "ms", ""),
        ("… how many times slower", kernel["loop"] / kernel["simd"], "", "≥ 3"),
        ("a decode among four at once", kernel["four"], "ms", ""),
        ("400 tiles", kernel["tiles"], "s", "≤ 0.15 s"),
        ("64 × 64 codes in a worker", found["plane"], "s", "≤ 1 s"),
        ("exact inference on first use", posterior["first"], "s", "≤ 2 s"),
        ("exact inference of a picture, median", posterior["median"], "ms", "≤ 60 ms"),
        ("pointer to changed picture, median", found["pointer"]["median"], "ms", "≤ 2 ms"),
        ("… 95th percentile", found["pointer"]["most"], "ms", "≤ 8 ms"),
        ("pen to ellipse, median", found["pen"]["median"], "ms", ""),
        ("… 95th percentile", found["pen"]["most"], "ms", "≤ 8 ms"),
    ]
    print("| figure | measured | target |\n|---|---|---|")
    for name, value, unit, target in rows:
        print(f"| {name} | {value:.3g} {unit} | {target} |")


if __name__ == "__main__":
    main()
