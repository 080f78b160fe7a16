"""What goes back through the page's networks, against torch's autograd: same weights and noise."""

from typing import Any

import pytest
import torch
from playwright.sync_api import Page

from tests.proofs import CORE
from vae_core.model import VAE, VAEConfig
from vae_core.objectives import OBJECTIVES

# What a gradient depends on.
TRAINING = ("ui/web/core/train/*.js", "ui/web/core/kernel.*", "vae_core/objectives.py", *CORE)
TRAIN = """async ([architecture, tensors, most, samples, batches, recipe, rate]) => {
  const { TrainableVAE } = await import("/ui/web/core/train/gradients.js");
  const model = new TrainableVAE(architecture, { most, samples });
  model.parameters.write(Object.fromEntries(
    Object.entries(tensors).map(([name, values]) => [name, Float32Array.from(values)])));
  const losses = [];
  for (const [images, noise] of batches) {
    losses.push(model.gradients(Float32Array.from(images), Float32Array.from(noise), recipe));
    if (rate) model.step(rate);
  }
  const read = (which) => Object.fromEntries(
    Object.entries(model.parameters.read(which)).map(([name, { values }]) => [name, [...values]]));
  const { mean, logvar } = model.encode(Float32Array.from(batches[0][0]));
  return { losses: losses.map(({ total, rate, distortion }) => [total, rate, distortion]),
    gradients: read("g"), weights: read("w"), mean: [...mean], logvar: [...logvar] };
}"""


def made(**fields: Any) -> tuple[VAE, dict[str, Any]]:
    """A model whose LayerNorms are not as they begin, and the page's words for it."""
    settings: dict[str, Any] = {"shape": (1, 8, 8), "objective": "elbo", "width": 16, "blocks": 2}
    settings |= fields
    width, blocks = settings.pop("width"), settings.pop("blocks")
    model = VAE(
        VAEConfig(
            "folder",
            encoder_width=width,
            decoder_width=width,
            encoder_blocks=blocks,
            decoder_blocks=blocks,
            **settings,
        )
    )
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn(parameter.shape)
    config = model.config
    words = {"likelihood": config.likelihood, "objective": config.objective}
    sizes = {"encoder": [width, blocks], "decoder": [width, blocks]}
    return model, {"shape": config.shape, **sizes, **words}


def flat(values: dict[str, torch.Tensor]) -> dict[str, list[float]]:
    return {name: value.flatten().tolist() for name, value in values.items()}


def loss_of(model: VAE, x: torch.Tensor, noise: torch.Tensor, beta: float) -> Any:
    return OBJECTIVES[model.config.objective](model, x, noise, None, beta)


@pytest.mark.proof(*TRAINING)
@pytest.mark.parametrize(("shape", "width", "blocks"), [((1, 8, 8), 16, 1), ((3, 5, 7), 40, 3)])
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize(
    ("objective", "samples", "beta"),
    [("elbo", 1, 1.0), ("elbo", 3, 4.0), ("iwae", 5, 1.0), ("iwae", 2, 0.3), ("autoencoder", 1, 1)],
)
def test_gradients_are_autograds(
    empty_page: Page,
    objective: str,
    samples: int,
    beta: float,
    likelihood: str,
    shape: tuple[int, int, int],
    width: int,
    blocks: int,
) -> None:
    """Of every parameter, to a thousandth; of 13 pictures, so that columns are filled up."""
    torch.manual_seed(width + blocks + samples)
    model, words = made(
        objective=objective, likelihood=likelihood, shape=shape, width=width, blocks=blocks
    )
    x, noise = torch.rand(13, *shape), torch.randn(samples, 13, 2)
    batch = [x.flatten().tolist(), noise.flatten().tolist()]
    recipe = {"objective": objective, "beta": beta}
    answer = empty_page.evaluate(
        TRAIN, [words, flat(model.state_dict()), 16, samples, [batch], recipe, 0]
    )

    loss = loss_of(model, x, noise, beta)
    loss.total.backward()
    torch.testing.assert_close(
        torch.tensor(answer["losses"][0]),
        torch.stack([loss.total, loss.rate, loss.distortion]).detach(),
        rtol=1e-4,
        atol=1e-4,
    )
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None
        found = torch.tensor(answer["gradients"][name]).view(parameter.shape)
        error = (found - parameter.grad).norm() / parameter.grad.norm().clamp(min=1e-6)
        assert error <= 1e-3, f"{name}: {error:.1e}"
    q = model.encode(x)
    torch.testing.assert_close(
        torch.tensor(answer["mean"]).view(13, 2), q.mean, rtol=1e-4, atol=1e-4
    )


@pytest.mark.proof(*TRAINING)
@pytest.mark.parametrize("objective", ["elbo", "iwae"])
def test_two_hundred_steps_end_where_torchs_do(empty_page: Page, objective: str) -> None:
    """AdamW, with the same batches and noise."""
    torch.manual_seed(4)
    model, words = made(objective=objective, width=32, blocks=1)
    first = flat(model.state_dict())
    pictures = (torch.rand(200, 1, 8, 8) * torch.rand(200, 1, 1, 1)).round()
    samples = 5 if objective == "iwae" else 1
    batches = [
        (pictures[torch.randperm(200)[:32]], torch.randn(samples, 32, 2)) for _ in range(200)
    ]
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
    losses = []
    for x, noise in batches:
        loss = loss_of(model, x, noise, 1.0)
        optimizer.zero_grad()
        loss.total.backward()
        optimizer.step()
        losses.append(loss.total.item())
    sent = [[x.flatten().tolist(), noise.flatten().tolist()] for x, noise in batches]
    recipe = {"objective": objective, "beta": 1.0}
    answer = empty_page.evaluate(TRAIN, [words, first, 32, samples, sent, recipe, 3e-3])
    assert losses[0] - losses[-1] > 5  # it learned
    for mine, theirs in zip(answer["losses"][-20:], losses[-20:], strict=True):
        assert mine[0] == pytest.approx(theirs, abs=0.5)
    reached = VAE(model.config)
    weights = {
        name: torch.tensor(answer["weights"][name]).view(value.shape)
        for name, value in model.state_dict().items()
    }
    reached.load_state_dict(weights)
    fixed = torch.randn(samples, 200, 2)
    with torch.no_grad():
        ends = [loss_of(each, pictures, fixed, 1.0).total.item() for each in (reached, model)]
    assert ends[0] == pytest.approx(ends[1], abs=0.5)
