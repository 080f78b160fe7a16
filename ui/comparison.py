"""Two models beside each other: whose figures are better, by how much, and why."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ui.lab import Lab, Picture, Reconstruction
from vae_core import Encodings, VAEConfig

CERTAIN = 1.96  # standard errors of a difference, 95 % of a normal distribution


class Measure(NamedTuple):
    """A figure of the model cards."""

    key: str  # in metrics.json
    name: str
    unit: str
    higher: bool | None  # whether more is better; None if neither is
    meaning: str


MEASURES = (
    Measure("log_prob", "log p(x)", "nats", True, "how probable the model makes the test images"),
    Measure("elbo", "ELBO", "nats", True, "the part of it that the encoder's q(z|x) finds"),
    Measure("rate", "rate", "nats", None, "how much a code says of its picture: what it costs"),
    Measure("distortion", "distortion", "nats", False, "what the decoder leaves unexplained"),
    Measure(
        "amortization_gap", "amortization gap", "nats", False, "what a better encoder would gain"
    ),
    Measure("reconstruction_mse", "squared error", "per pixel", False, "of reconstructions"),
    Measure("knn_accuracy", "20-NN accuracy", "of 1", True, "classes told by the nearest codes"),
)


class Figure(NamedTuple):
    """What two models reached."""

    measure: Measure
    a: float | None
    b: float | None
    better: str | None  # "a" or "b"; None if neither, or if chance may have made the difference


class Comparison(NamedTuple):
    """One picture seen through two models."""

    a: Reconstruction
    b: Reconstruction
    numbers: dict[str, Any]  # what /compare answers, see `compare`


def compare(
    lab: Lab,
    picture: Picture | None,
    model_a: object,
    model_b: object,
    crop: Sequence[float] | None = None,
) -> Comparison:
    """A picture through two models, and the figures of their cards.

    Args:
        lab: where the models are.
        picture: see `images.prepare`.
        model_a, model_b: names of models.
        crop: see `images.prepare`.
    Returns:
        The numbers are a and b, of the picture, see `Lab.encode`; figures, by the name of the
        measure {"a", "b", "unit", "better": "a", "b" or None}; why, what makes the difference.
    """
    a, b = lab.model_name(model_a), lab.model_name(model_b)
    by_a, by_b = (lab.reconstruct(picture, name, crop=crop) for name in (a, b))
    numbers = {
        "a": by_a.numbers,
        "b": by_b.numbers,
        "figures": {
            measure.key: {"a": at_a, "b": at_b, "unit": measure.unit, "better": better}
            for measure, at_a, at_b, better in figures(lab, a, b)
        },
        "why": why(lab.model(a).config, lab.model(b).config),
    }
    return Comparison(by_a, by_b, numbers)


def figures(lab: Lab, a: str, b: str) -> list[Figure]:
    """The figures of two models' cards, and where one is better beyond chance.

    Differences of figures that every test image has a part in are tested on the same images in
    pairs, other ones by whether their 95 % intervals are apart. Models of different data, of
    different likelihoods, and those of which only one is told the class, are not compared.
    """
    found = []
    cards = lab.measured(a), lab.measured(b)
    fair = not why_not(lab.model(a).config, lab.model(b).config)
    for measure in MEASURES:
        values = [card.get(measure.key) for card in cards]
        better = None
        if fair and measure.higher is not None and None not in values:
            low, high = _difference(measure.key, lab.encodings(a), lab.encodings(b), *cards)
            if low > 0 or high < 0:
                better = "b" if (low > 0) == measure.higher else "a"
        found.append(Figure(measure, *values, better))
    return found


def why_not(a: VAEConfig, b: VAEConfig) -> str:
    """Why the figures of two models cannot be compared; empty if they can."""
    if a.dataset != b.dataset:
        return "They learned from different data, so their figures cannot be compared."
    if a.likelihood != b.likelihood:
        return "Their likelihoods differ, so their nats cannot be compared."
    if a.conditional != b.conditional:
        return (
            "Only one is told the class: its figures are of p(x|class) and its code is of style "
            "alone, so they are not compared."
        )
    return ""


def why(a: VAEConfig, b: VAEConfig) -> str:
    """What two models differ in by design, and what that does to the figures."""
    words = [why_not(a, b)]
    objectives = {a.objective, b.objective}
    if "autoencoder" in objectives and len(objectives) > 1:
        words.append(
            "A plain autoencoder pays no rate, so nothing but distortion counts; its codes follow "
            "no prior, there is no q(z|x), and so no ELBO."
        )
    if "iwae" in objectives and len(objectives) > 1:
        words.append(
            "The importance-weighted bound forgives a code that misses as long as one of several "
            "hits: log p(x) gains, and a single code, as the ELBO takes it, explains less."
        )
    if a.beta != b.beta and "autoencoder" not in objectives:
        words.append(
            "With a smaller β the rate is cheap: codes are narrower and say more, and distortion "
            "falls. With a larger one the plane is packed more tightly."
        )
    return " ".join(filter(None, words)) or "They were trained for the same objective."


def _difference(
    key: str, a: Encodings, b: Encodings, card_a: dict[str, Any], card_b: dict[str, Any]
) -> tuple[float, float]:
    """Between which bounds b's figure minus a's is, with 95 % confidence."""
    parts = [_per_image(key, encodings) for encodings in (a, b)]
    if parts[0] is not None and parts[1] is not None and len(parts[0]) == len(parts[1]):
        gap = (parts[1] - parts[0]).double()
        mean, reach = gap.mean().item(), CERTAIN * gap.std().item() / math.sqrt(len(gap))
        return mean - reach, mean + reach
    (low_a, high_a), (low_b, high_b) = (card["interval"][key] for card in (card_a, card_b))
    return low_b - high_a, high_b - low_a


def _per_image(key: str, encodings: Encodings) -> Tensor | None:
    if key == "elbo":
        return -encodings.rate - encodings.distortion
    found: Tensor | None = getattr(encodings, key, None)
    return found if found is not None and torch.isfinite(found).all() else None
