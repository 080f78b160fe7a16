"""Paths between codes."""

import pytest
import torch

from vae_core.geometry import straight_path

START, END = torch.tensor([-1.25, 3.1]), torch.tensor([2.75, -0.7])


@pytest.mark.parametrize("steps", [2, 3, 7, 32])
def test_straight_path_is_even_and_keeps_its_ends(steps):
    path = straight_path(START, END, steps)
    assert path.shape == (steps, 2)
    assert torch.equal(path[0], START)
    assert torch.equal(path[-1], END)
    step = (END - START) / (steps - 1)
    torch.testing.assert_close(path.diff(dim=0), step.expand(steps - 1, 2), rtol=0, atol=1e-6)


def test_straight_path_from_a_code_to_itself_stays_there():
    assert torch.equal(straight_path(START, START, 5), START.expand(5, 2))


@pytest.mark.parametrize("steps", [1, 0, -3])
def test_fewer_than_two_steps_are_refused(steps):
    with pytest.raises(ValueError, match=f"at least 2 steps, not {steps}"):
        straight_path(START, END, steps)
