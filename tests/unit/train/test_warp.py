"""Pictures as other hands would have drawn them."""

import pytest
import torch

from tests.unit.train.common import assert_same
from vae_core.train.warp import warp


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def stroke() -> torch.Tensor:  # 300 pictures of one bar, 3 x 20 pixels
    x = torch.zeros(300, 1, 28, 28)
    x[:, :, 4:24, 13:16] = 1
    return x


def test_pictures_stay_pictures_and_differ_from_each_other() -> None:
    before = stroke()
    after = warp(before, seeded())
    assert after.shape == before.shape
    assert after.min() >= 0
    assert after.max() <= 1
    assert (before == stroke()).all()
    assert (after[0] - after[1]).abs().max() > 0.5
    assert (warp(before, seeded()) == after).all()  # by its generator alone


def test_what_is_drawn_stays_about_where_it_is_and_as_heavy() -> None:
    """By moments of the ink, which no line of `warp` computes."""
    ink = warp(stroke(), seeded()).sum(1)
    mass = ink.sum((1, 2))
    axis = torch.arange(28.0)
    down, across = ((ink.sum(k) * axis).sum(1) / mass for k in (2, 1))
    middle = torch.tensor(13.5 + 0.5)  # of the bar, across
    assert down.mean() == pytest.approx(13.5, abs=0.2)
    assert across.mean() == pytest.approx(float(middle), abs=0.2)
    assert 0.2 < across.std() < 1.5
    assert 0.9 < mass.mean() / 60 < 1.4
    assert mass.std() > 5  # thicker and thinner


def test_of_any_shape() -> None:
    assert warp(torch.rand(2, 3, 9, 14), seeded()).shape == (2, 3, 9, 14)


@pytest.mark.slow
def test_an_encoder_learns_from_them_and_the_decoder_stays(run) -> None:
    """The same command, the same weights; another share, another encoder."""
    run("--epochs 1")
    frozen = "--epochs 2 --start tiny --freeze-decoder --guide 10 --name"
    first, second = (run(f"{frozen} {name} --warp 0.5") for name in ("one", "two"))
    assert_same(first, second)
    plain = run(f"{frozen} plain")
    same = {key for key, value in first.items() if torch.equal(value, plain[key])}
    assert {key for key in first if key.startswith("decoder")} <= same
    assert "encoder.0.weight" not in same
