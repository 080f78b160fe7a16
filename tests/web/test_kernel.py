"""The kernel on an empty page, with SIMD and without, against numpy and scipy."""

import numpy as np
import pytest
from playwright.sync_api import Page
from scipy.special import expit, log_expit

LINEAR = """async ([weight, bias, input, plain]) => {
  const { Kernel, filledUp } = await import("/ui/web/core/kernel.js");
  const [rows, columns] = [bias.length, input.length];
  const kernel = new Kernel(filledUp(rows) * (filledUp(columns) + 2) + filledUp(columns), plain);
  const width = filledUp(columns);
  const [w, b, x, y] = [filledUp(rows) * width, rows, columns, rows].map((n) => kernel.take(n));
  weight.forEach((row, k) => w.set(row, k * width));
  b.set(bias);
  x.set(input);
  kernel.linear(w, b, x, y);
  return { plain: kernel.plain, y: [...y] };
}"""


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(("rows", "columns"), [(4, 4), (1, 1), (7, 2), (5, 12), (33, 90)])
def test_products_are_numpys(empty_page: Page, rows: int, columns: int, plain: bool) -> None:
    rng = np.random.default_rng(rows * columns)
    weight, bias, x = (rng.normal(size=size) for size in ((rows, columns), rows, columns))
    answer = empty_page.evaluate(LINEAR, [weight.tolist(), bias.tolist(), x.tolist(), plain])
    assert answer["plain"] == plain  # this Chromium has SIMD
    y = np.array(answer["y"])
    np.testing.assert_allclose(y[:rows], weight @ x + bias, rtol=1e-5, atol=1e-5)
    assert (y[rows:] == 0).all()


ACTIVATIONS = """async ([numbers, pixels, mask, plain]) => {
  const { Kernel, filledUp } = await import("/ui/web/core/kernel.js");
  const n = numbers.length;
  const kernel = new Kernel(4 * filledUp(n), plain);
  const [w, x, counts, h] = [n, n, n, n].map((size) => kernel.take(size));
  w.set(numbers);
  h.set(numbers);
  x.set(pixels);
  counts.set(mask);
  kernel.silu(h);
  return { silu: [...h.subarray(0, n)], score: kernel.bernoulli(w, x, counts) };
}"""


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("n", [1, 33, 784, 1201])
def test_silu_and_the_likelihood_of_pixels_are_scipys(
    empty_page: Page, n: int, plain: bool
) -> None:
    """Logits up to where exp() ends in single precision; about half of the pixels are hidden."""
    rng = np.random.default_rng(n)
    logits = np.float32(rng.normal(size=n) * rng.choice([0.1, 3, 30, 200], size=n))
    logits[0] = 0
    x, mask = rng.uniform(size=n), rng.integers(0, 2, size=n)
    answer = empty_page.evaluate(ACTIVATIONS, [logits.tolist(), x.tolist(), mask.tolist(), plain])
    wide = logits.astype(float)
    np.testing.assert_allclose(answer["silu"], wide * expit(wide), rtol=1e-6, atol=1e-30)
    score = float((mask * (x * log_expit(wide) + (1 - x) * log_expit(-wide))).sum())
    assert answer["score"] == pytest.approx(score, rel=1e-6, abs=1e-5)
