"""Which of two models is better: against scipy's paired t-test and the cards themselves."""

import json
import re
from dataclasses import replace

import pytest
from scipy.stats import ttest_rel

from ui import comparison
from ui.checks import InputError
from ui.examples import digit
from ui.lab import Lab
from ui.pictures import rate_distortion
from vae_core.pretrained import WEIGHTS_DIR

PAIRS = [("mnist-vae", "mnist-ae"), ("mnist-vae", "mnist-beta4"), ("mnist-iwae", "mnist-vae")]


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab(WEIGHTS_DIR)


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_better_is_what_a_paired_test_finds(lab: Lab, a: str, b: str) -> None:
    found = {figure.measure.key: figure for figure in comparison.figures(lab, a, b)}
    cards = [
        json.loads((WEIGHTS_DIR / name / "metrics.json").read_text(encoding="utf-8"))
        for name in (a, b)
    ]
    first, second = lab.encodings(a), lab.encodings(b)
    for key, higher in (("log_prob", True), ("distortion", False)):
        test = ttest_rel(getattr(first, key), getattr(second, key))
        wins = "a" if (test.statistic > 0) == higher else "b"
        assert found[key].better == (wins if test.pvalue < 0.05 else None)
        assert (found[key].a, found[key].b) == tuple(card[key] for card in cards)
    low, high = zip(*(card["interval"]["reconstruction_mse"] for card in cards), strict=True)
    apart = max(low) > min(high)
    assert (found["reconstruction_mse"].better is not None) == apart
    assert found["rate"].better is None
    if "mnist-ae" in (a, b):
        assert found["elbo"].better is None


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


def test_the_plot_has_rate_to_the_right_and_distortion_up() -> None:
    points = [("a", 5.0, 130.0), ("b", 9.0, 120.0), ("c", None, 119.0)]
    svg = rate_distortion(points, ("b",))
    at = {
        name: (float(x), float(y))
        for (x, y), (name, _, _) in zip(
            re.findall(r'<circle[^>]* cx="([\d.]+)" cy="([\d.]+)"', svg), points, strict=True
        )
    }
    assert at["a"][0] < at["b"][0] < at["c"][0]  # without a rate: at the right
    assert at["a"][1] < at["b"][1] < at["c"][1]
    assert svg.count('class="level"') == 2
    assert "b: rate 9.0, distortion 120.0" in svg
    assert "c: no rate" in svg
