"""How fast exact inference and geodesics are: python -m tests.benchmarks.exact

Each figure stands beside its floor.

The floor is arithmetic: the multiply-adds that cannot be saved, over what a large matrix product
reaches on the same machine in the same run (measured before and after each figure, and averaged,
because machines are noisy; quote the ratios). One image under a decoded grid is bound by memory
instead: its floor is a sum over as many numbers. --data-dir names MNIST, else LATENT_LAB_DATA.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable

import torch

from tests.unit.exact_reference import MODEL, binarized
from vae_core import geometry, load, load_encodings
from vae_core.exact import Grid, best_gaussian, complete, importance_log_prob
from vae_core.model import VAE

HALF = (torch.arange(28) < 14).expand(28, 28)
FEW = torch.rand(28, 28, generator=torch.Generator().manual_seed(0)) < 0.01


def product_speed() -> float:
    """Multiply-adds per second of a matrix product that fills the cores."""
    a, b = torch.randn(1024, 784), torch.randn(784, 2048)
    a @ b
    start = time.perf_counter()
    for _ in range(10):
        a @ b
    return 10 * a.numel() * b.shape[1] / (time.perf_counter() - start)


def measure(function: Callable[[], object], times: int = 1) -> tuple[float, float]:
    """Median seconds of a call, and multiply-adds per second around it."""
    before, taken = product_speed(), []
    for _ in range(times):
        start = time.perf_counter()
        function()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken), (before + product_speed()) / 2


def row(name: str, taken: float, floor_name: str, floor: float) -> None:
    """Print a line of the table."""
    figures = f"{1000 * taken:.4g} | {floor_name} | {1000 * floor:.4g} | {taken / floor:.3g}"
    print(f"| {name} | {figures} |", flush=True)


def per_code(model: VAE) -> int:
    """Multiply-adds of one decode."""
    return sum(p.numel() for p in model.decoder.parameters() if p.ndim == 2)


def geodesics(model: VAE, steps: int = 12, pairs: int = 50) -> None:
    """Between random test codes, on a plane that is prepared."""
    plane = geometry.Plane(model)
    test_codes, generator = load_encodings(MODEL).mean, torch.Generator().manual_seed(0)
    ends = test_codes[torch.randint(len(test_codes), (pairs + 1, 2), generator=generator)]
    taken: list[float] = []
    decoded: list[int] = []  # codes, of each geodesic

    def count(decoder: object, inputs: tuple[torch.Tensor]) -> None:
        decoded[-1] += len(inputs[0])

    def find_all() -> None:
        for a, b in ends:
            decoded.append(0)
            start = time.perf_counter()
            plane.geodesic(a, b, steps)
            taken.append(time.perf_counter() - start)

    hook = model.decoder.register_forward_pre_hook(count)
    _, speed = measure(find_all)
    hook.remove()
    for name, share in (("median", 50), ("95th percentile", 95)):
        at, codes = (  # without the first, a rehearsal
            statistics.quantiles(values[1:], n=100)[share - 1] for values in (taken, decoded)
        )
        floor = codes * per_code(model) / speed
        row(f"a geodesic, {name} of {pairs}", at, "decode its codes", floor)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--images", type=int, default=10_000)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = load(MODEL)
    x = binarized(options.data_dir)[: options.images]
    pixels, decode, n = x[0].numel(), per_code(model), len(x)
    print(f"{options.threads} threads, then one\n")
    print("| figure | ms | floor | ms | ratio |\n|---|---|---|---|---|")
    products, cells = "multiply-adds", 320**2

    grids: list[Grid] = []
    taken, speed = measure(lambda: grids.append(Grid(model, 320)))
    row("decode 320 x 320 cells", taken, products, cells * decode / speed)
    taken, speed = measure(lambda: grids[0].log_prob(x))
    row(f"log p(x) of {n} images on them", taken, products, n * cells * pixels / speed)
    grids.clear()

    torch.set_num_threads(1)
    grid, numbers = Grid(model, 160), torch.randn(160**2, pixels)
    taken, _ = measure(lambda: grid.log_prob(x[:1]), 50)
    row("log p(x) of one image, 160 x 160", taken, "read as much", measure(numbers.sum, 50)[0])
    images = iter(x.split(1))
    codes: list[int] = []
    taken, speed = measure(lambda: codes.append(len(grid.refine(next(images)).codes)), 100)
    row("refine one image", taken, "decode its cells", statistics.median(codes) * decode / speed)
    for name, mask in (("half", HALF), ("1 % of", FEW)):
        images = iter(x.split(1))
        taken, _ = measure(lambda mask=mask, images=images: grid.refine(next(images), mask), 50)
        images = iter(x.split(1))
        both, _ = measure(lambda mask=mask, images=images: complete(grid, next(images), mask), 50)
        row(f"complete a picture, {name} its pixels observed", both, "refine", taken)
    few = x[:20]
    starts = model.encode(few), grid.strongest(few)
    taken, speed = measure(lambda: best_gaussian(model, few, *starts))
    row("best Gaussian of 20", taken, products, 20 * 2 * (20 * 16 + 128) * decode / speed)
    taken, speed = measure(lambda: importance_log_prob(model, few, 500))
    row("IS-500 of 20 images", taken, products, 20 * 500 * decode / speed)
    geodesics(model)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\npeak memory of the process: {peak:.2f} GiB")


if __name__ == "__main__":
    main()
