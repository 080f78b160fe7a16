"""Which of two models is better: against scipy's t-test and the cards themselves."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_ind_from_stats

from tests.api.pictures import digit
from ui.checks import InputError
from ui.endpoints import Lab, comparison
from vae_core.pretrained import WEIGHTS_DIR

PAIRS = [("mnist-vae", "mnist-ae"), ("mnist-vae", "mnist-beta4"), ("mnist-iwae", "mnist-vae")]


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab(WEIGHTS_DIR)


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_figures_and_judgement_are_of_the_cards(lab: Lab, a: str, b: str) -> None:
    """The judgement against Welch's test, by what a 95 % interval says of a standard error."""
    cards = [
        json.loads((WEIGHTS_DIR / name / "metrics.json").read_text(encoding="utf-8"))
        for name in (a, b)
    ]
    higher_is_better = {"log_prob", "elbo", "knn_accuracy"}
    n = 10_000
    for measure, shown_a, shown_b, better in comparison.figures(lab, a, b):
        assert (shown_a, shown_b) == tuple(card[measure.key] for card in cards)
        if measure.key == "rate" or None in (shown_a, shown_b):
            assert better is None
            continue
        spread = [math.sqrt(n) * np.ptp(card["interval"][measure.key]) / 3.92 for card in cards]
        test = ttest_ind_from_stats(shown_a, spread[0], n, shown_b, spread[1], n, equal_var=False)
        winner = "a" if (shown_a > shown_b) == (measure.key in higher_is_better) else "b"
        assert better == (winner if test.pvalue < 0.05 else None), measure.key


def test_swapped_models_swap_what_is_better(lab: Lab) -> None:
    swapped = {"a": "b", "b": "a", None: None}
    one, other = (comparison.figures(lab, *pair) for pair in (PAIRS[1], PAIRS[1][::-1]))
    assert {figure.better for figure in one} == {"a", None}
    for before, after in zip(one, other, strict=True):
        assert (after.a, after.b, after.better) == (before.b, before.a, swapped[before.better])


@pytest.mark.parametrize("other", ["fashion-vae", "mnist-cvae"])
def test_what_cannot_be_compared_is_not(lab: Lab, other: str) -> None:
    assert all(figure.better is None for figure in comparison.figures(lab, "mnist-vae", other))
    reason = comparison.why_not(lab.model("mnist-vae").config, lab.model(other).config)
    assert "compared" in reason


def test_every_difference_by_design_has_a_reason(lab: Lab) -> None:
    config = lab.model("mnist-vae").config
    assert comparison.why(config, config) == "They were trained for the same objective."
    for change, word in (
        ({"beta": 4.0}, "smaller β"),
        ({"objective": "autoencoder"}, "plain autoencoder"),
        ({"objective": "iwae"}, "importance-weighted"),
        ({"conditional": True}, "told the class"),
        ({"likelihood": "gaussian"}, "likelihoods"),
        ({"dataset": "fashion"}, "different data"),
    ):
        assert word in comparison.why(config, replace(config, **change))


def test_both_see_the_picture(lab: Lab) -> None:
    found = comparison.compare(lab, digit("3"), *PAIRS[0])
    assert found.numbers["a"] == lab.encode(digit("3"), PAIRS[0][0])
    assert found.numbers["b"] == lab.encode(digit("3"), PAIRS[0][1])
    with pytest.raises(InputError, match="no model named"):
        comparison.compare(lab, digit("3"), "mnist-vae", "none")
