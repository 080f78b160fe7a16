"""What a training in the page measures and is given, each against another implementation."""

from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Page
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from tests.web.test_gradients import TRAINING, flat, made
from ui.digits import FILE, module
from ui.export import WEIGHTS
from vae_core import load
from vae_core.exact import log_prob
from vae_core.model import VAE, VAEConfig
from vae_core.objectives import elbo

MEASURE = """async ([architecture, tensors, images, side]) => {
  const { TrainableVAE } = await import("/ui/web/core/train/gradients.js");
  const { bound, logProbs } = await import("/ui/web/core/train/exact.js");
  const n = images.length / architecture.shape.reduce((a, b) => a * b);
  const model = new TrainableVAE(architecture, { most: 8, samples: 3, scored: n });
  model.parameters.write(Object.fromEntries(
    Object.entries(tensors).map(([name, values]) => [name, Float32Array.from(values)])));
  const given = Float32Array.from(images);
  const { mean, logvar, rate, distortion } = bound(model, given, 8);
  return { logProb: [...logProbs(model, given, side)], mean: [...mean], logvar: [...logvar],
    rate: [...rate], distortion: [...distortion] };
}"""


@pytest.mark.proof(*TRAINING)
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_log_prob_and_the_bound_are_the_librarys(empty_page: Page, likelihood: str) -> None:
    """Of 19 pictures, in parts of eight, so that the last one is not full."""
    torch.manual_seed(3)
    model, words = made(likelihood=likelihood, width=24, blocks=2)
    x = torch.rand(19, 1, 8, 8)
    sent = [words, flat(model.state_dict()), x.flatten().tolist(), 100]
    answer = empty_page.evaluate(MEASURE, sent)
    with torch.no_grad():
        bound, exact = model.elbo(x), log_prob(model, x, None, 100)
    np.testing.assert_allclose(answer["logProb"], exact.numpy(), atol=2e-3)
    np.testing.assert_allclose(answer["rate"], bound.rate.numpy(), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(answer["distortion"], bound.distortion.numpy(), rtol=1e-4)


def test_the_accuracy_is_scikit_learns(empty_page: Page) -> None:
    rng = np.random.default_rng(5)
    labels, others = rng.integers(0, 4, 150), rng.integers(0, 4, 400)
    codes = rng.normal(size=(150, 2)) + labels[:, None]
    places = rng.normal(size=(400, 2)) + others[:, None]
    found = empty_page.evaluate(
        """async ([codes, labels, places, others]) => {
          const { accuracy } = await import("/ui/web/core/train/exact.js");
          return accuracy(Float32Array.from(codes), Uint8Array.from(labels),
            { mean: Float32Array.from(places), label: Uint8Array.from(others) }); }""",
        [codes.ravel().tolist(), labels.tolist(), places.ravel().tolist(), others.tolist()],
    )
    expected = KNeighborsClassifier(20).fit(places, others).score(codes, labels)
    assert found == pytest.approx(expected)


def test_digits_are_scikit_learns(empty_page: Page) -> None:
    found = empty_page.evaluate(
        """async () => { const { digits } = await import("/ui/web/core/train/data.js");
          const set = await digits();
          return { labels: [...set.labels], images: [...set.images], shape: set.shape }; }"""
    )
    digits = load_digits()
    assert found["labels"] == digits.target.tolist()
    assert (16 * np.array(found["images"]).reshape(-1, 64) == digits.data).all()
    assert FILE.read_text("utf-8") == module(digits.data, digits.target)
    assert FILE.stat().st_size <= 120_000


def test_imagined_digits_are_the_conditional_models(page: Page) -> None:
    found = page.evaluate(
        """async () => {
          const { imagined } = await import("./lab/core/train/data.js");
          const { loadModel } = await import("./lab/core/model.js");
          const { lab } = await import("./lab/store.js");
          const start = performance.now();
          const net = await loadModel(lab.descriptions["mnist-cvae"]);
          const { labels, factors, images } = await imagined(net, { n: 203, seed: 4 });
          return { labels: [...labels], factors: [...factors], images: [...images] }; }"""
    )
    labels, z = torch.tensor(found["labels"]), torch.tensor(found["factors"]).view(-1, 2)
    assert torch.bincount(labels).tolist() == [21, 20, 20, 21, 20, 20, 21, 20, 20, 20]
    assert abs(z.mean()) < 0.2 < 0.8 < z.std() < 1.2
    expected = load("mnist-cvae", WEIGHTS).decode(z, labels)
    images = torch.tensor(found["images"]).view_as(expected)
    torch.testing.assert_close(images, expected, atol=1e-3, rtol=0)


@pytest.mark.parametrize("turn", [0.0, 0.15, -0.1])
def test_copies_are_moved_as_scipy_moves_them(empty_page: Page, turn: float) -> None:
    image = np.random.default_rng(1).uniform(size=(2, 9, 12)).astype(np.float32)
    shift, scale = (0.1, -0.05), 1.07
    found = empty_page.evaluate(
        """async ([image, shape, change]) => {
          const { moved } = await import("/ui/web/core/train/data.js");
          return [...moved(Float32Array.from(image), shape, change)]; }""",
        [image.ravel().tolist(), image.shape, {"shift": shift, "turn": turn, "scale": scale}],
    )
    cos, sin = np.cos(turn) / scale, np.sin(turn) / scale
    back = np.array([[cos, -sin], [sin, cos]])  # of (row, column), to where a pixel comes from
    middle = np.array([4.0, 5.5])
    moved_to = middle + np.array([shift[1] * 9, shift[0] * 12])
    for plane, mine in zip(image, np.reshape(found, image.shape), strict=True):
        theirs = ndimage.affine_transform(
            plane, back, middle - back @ moved_to, order=1, mode="nearest"
        )
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_copies_keep_their_class_and_their_origin(empty_page: Page) -> None:
    found: dict[str, Any] = empty_page.evaluate(
        """async () => {
          const { augmented } = await import("/ui/web/core/train/data.js");
          const set = { dataset: "folder", shape: [1, 6, 6], preparation: "ink",
            likelihood: "bernoulli", factors: null, classes: ["a", "b"],
            images: Float32Array.from({ length: 7 * 36 }, (_, i) => (i % 36) / 36),
            labels: Uint8Array.from([0, 1, 0, 1, 0, 1, 1]),
            origin: Int32Array.from([0, 1, 2, 3, 4, 5, 6]) };
          const { Training, DEFAULTS } = await import("/ui/web/core/train/training.js");
          const made = augmented(set, 50, 3), again = augmented(set, 50, 3);
          const { train, test } = new Training(made, { ...DEFAULTS, width: 16 });
          return { labels: [...made.labels], origin: [...made.origin], train, test,
            same: made.images.every((value, i) => value === again.images[i]),
            few: augmented(set, 5) === set }; }"""
    )
    labels, origin = np.array(found["labels"]), np.array(found["origin"])
    assert len(labels) == 50
    assert (labels == np.array([0, 1, 0, 1, 0, 1, 1])[origin]).all()
    assert found["same"]
    assert found["few"]
    assert not {*origin[found["train"]]} & {*origin[found["test"]]}  # no copy is on both sides
    assert len({*origin[found["test"]]}) == 2  # of seven pictures, a third


@pytest.mark.proof(*TRAINING, "ui/web/*.js")
def test_a_training_is_as_good_as_torchs(page: Page) -> None:
    """The same recipe and data, with other random numbers: within 3 nats."""
    mine = page.evaluate("latentLab.train({ steps: 1500 })")
    pixels = page.evaluate(
        "import('./lab/core/train/data.js').then(({ digits }) => digits())"
        ".then(({ images }) => [...images])"
    )
    x = torch.tensor(pixels).view(-1, 1, 8, 8)
    torch.manual_seed(1)
    order = torch.randperm(len(x))
    test, train = x[order[:599]], x[order[599:]]
    model = VAE(
        VAEConfig(
            "folder",
            (1, 8, 8),
            encoder_width=64,
            decoder_width=64,
            encoder_blocks=1,
            decoder_blocks=1,
        )
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
    for _ in range(1500):
        batch = torch.bernoulli(train[torch.randint(len(train), (64,))])
        optimizer.zero_grad()
        elbo(model, batch, torch.randn(1, 64, 2)).total.backward()
        optimizer.step()
    with torch.no_grad():
        theirs = log_prob(model.eval(), test, None, 160).mean().item()
    assert mine["log_prob"] == pytest.approx(theirs, abs=3)
    assert mine["elbo"] <= mine["log_prob"]
    assert mine["knn"] >= 0.75


def test_the_same_seed_gives_the_same_training(page: Page) -> None:
    first, second, other = (
        page.evaluate(f"latentLab.train({{ steps: 60, seed: {seed} }})") for seed in (3, 3, 4)
    )
    assert first["elbo"] == second["elbo"]
    assert first["elbo"] != other["elbo"]
    assert first["name"] != second["name"]  # both are in the list


def test_gradients_of_a_shipped_model_are_autograds(page: Page) -> None:
    model = load("mnist-beta4", WEIGHTS).requires_grad_(True)
    torch.manual_seed(0)
    x, noise = torch.rand(3, 1, 28, 28).round(), torch.randn(2, 3, 2)
    page.evaluate("latentLab.use('mnist-beta4')")
    found = page.evaluate(
        """async ([x, noise]) => { const { total, gradients } = await latentLab.gradients(x, noise);
          return { total, gradients: Object.fromEntries(
            ["encoder.0.bias", "encoder.1.up.bias", "decoder.1.norm.weight", "decoder.0.weight"]
            .map((name) => [name, [...gradients[name]]])) }; }""",
        [x.flatten().tolist(), noise.flatten().tolist()],
    )
    loss = elbo(model, x, noise, None, model.config.beta)
    loss.total.backward()
    assert found["total"] == pytest.approx(loss.total.item(), rel=1e-4)
    for name, values in found["gradients"].items():
        expected = model.get_parameter(name).grad
        assert expected is not None
        error = (torch.tensor(values) - expected.flatten()).norm() / expected.norm()
        assert error <= 1e-3, name


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("train({ steps: 0 })", "expected a whole number of at least 1"),
        ("train({ recipe: { depth: 3 } })", "recipe has no depth"),
        ("train({ data: { images: [1, 2], labels: [0], shape: [1, 1, 2] } })", "at least six"),
        ("gradients([1], [1, 2])", "expected pictures of 784 numbers"),
    ],
)
def test_bad_calls_are_refused_with_a_sentence(page: Page, call: str, sentence: str) -> None:
    answer = page.evaluate(f"latentLab.{call}.then(() => '', (error) => error.message)")
    assert sentence in answer
