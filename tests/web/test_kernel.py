"""The kernel on an empty page: y = W x + b of any size, with SIMD and without."""

import numpy as np
import pytest
from playwright.sync_api import Page

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
