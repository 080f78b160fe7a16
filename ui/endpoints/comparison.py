"""Two models beside each other: whose figures are better, by how much, and why."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ui.endpoints.codes import Lab
from ui.endpoints.pictures import Picture, Reconstruction
from vae_core import VAEConfig


class Measure(NamedTuple):
    """A figure of the model cards."""

    key: str  # in metrics.json
    name: str
    unit: str
    higher: bool | None  # whether more is better; None if neither is
    meaning: str


MEASURES = (
    Measure("log_prob", "log p(x)", "nats", True, "how probable the model makes the test images"),
    Measure("elbo", "ELBO", "nats", True, "a lower bound of it, by the encoder's q(z|x)"),
    Measure(
        "rate", "rate", "nats", None, "how much information the code carries: KL(q(z|x) ‖ p(z))"
    ),
    Measure(
        "distortion",
        "distortion",
        "nats",
        False,
        "what the reconstruction misses: −E_q[log p(x|z)]",
    ),
    Measure(
        "amortization_gap",
        "amortization gap",
        "nats",
        False,
        "how much the ELBO would rise if each image had its own optimal Gaussian",
    ),
    Measure(
        "reconstruction_mse", "squared error", "per pixel", False, "the reconstruction's, averaged"
    ),
    Measure(
        "knn_accuracy",
        "20-NN accuracy",
        "of 1",
        True,
        "share of test images whose class most of the 20 nearest training codes have",
    ),
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

    Both the figures and the judgement are of the images that the cards measured: binarized ones if
    the likelihood is Bernoulli's. Models of different data, of different likelihoods, and those of
    which only one is told the class, are not compared.
    """
    cards = lab.measured(a), lab.measured(b)
    fair = not why_not(lab.model(a).config, lab.model(b).config)
    compared = []
    for measure in MEASURES:
        value_a, value_b = (card.get(measure.key) for card in cards)
        better = None
        if fair and measure.higher is not None and value_a is not None and value_b is not None:
            intervals = (card["interval"][measure.key] for card in cards)
            if differ(value_a, value_b, *intervals):
                better = "b" if (value_b > value_a) == measure.higher else "a"
        compared.append(Figure(measure, value_a, value_b, better))
    return compared


def differ(a: float, b: float, interval_a: Sequence[float], interval_b: Sequence[float]) -> bool:
    """Whether two means differ beyond chance: the normal test of a difference, at 95 %.

    The models were measured on the same images, so their errors go together, and the test, which
    takes them for independent, finds rather too few differences than too many.

    Args:
        a, b: the means.
        interval_a, interval_b: lower and upper end of the 95 % interval of each.
    """
    reach_a, reach_b = ((high - low) / 2 for low, high in (interval_a, interval_b))
    return abs(b - a) > math.hypot(reach_a, reach_b)


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
            "A plain autoencoder is trained for low distortion alone: its code is a point instead "
            "of a distribution q(z|x) and follows no prior, so it has no rate and no ELBO."
        )
    if "iwae" in objectives and len(objectives) > 1:
        words.append(
            "The importance-weighted bound counts the best of several sampled codes most: log p(x) "
            "rises, and the ELBO, which averages over single codes, falls."
        )
    if a.beta != b.beta and "autoencoder" not in objectives:
        words.append(
            "With a smaller β the code carries more information (higher rate): its distribution "
            "q(z|x) is narrower, and the distortion is lower. With a larger β the code carries "
            "less (lower rate), so reconstructions are poorer."
        )
    return " ".join(filter(None, words)) or "They were trained for the same objective."
