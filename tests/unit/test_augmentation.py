"""The measurement of generated digits as training data: fair by construction."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.benchmarks import augmentation
from vae_core import load
from vae_core.datasets import Images, load_images


def labelled(images: Images) -> augmentation.Labelled:
    return images.batch(slice(None)).flatten(1).numpy(), images.labels.numpy()


def test_it_learns_from_training_digits_and_generated_ones_only(tiny_mnist: Path) -> None:
    train, test = (load_images("mnist", part, tiny_mnist, download=False) for part in (True, False))
    informed = {augmentation.SHIPPED: load(augmentation.MODEL)}
    few = {"per_class": 2, "steps": 3}
    sets = augmentation.training_sets(train, 30, informed, 0, **few)
    alone, labels = sets[augmentation.WITHOUT]
    assert np.bincount(labels).tolist() == [3] * 10
    known = {(x.tobytes(), y) for x, y in zip(*labelled(train), strict=True)}
    assert {(x.tobytes(), y) for x, y in zip(alone, labels, strict=True)} <= known
    for name in (augmentation.SHIPPED, augmentation.OWN):
        x, y = sets[name]
        assert np.array_equal(x[:30], alone)
        assert np.bincount(y).tolist() == [5] * 10
    again = augmentation.training_sets(train, 30, informed, 0, **few)
    for name, (x, _) in sets.items():
        assert np.array_equal(again[name][0], x)

    found = augmentation.accuracies(sets, labelled(test), seed=0)
    assert [list(one) for one in found.values()] == [list(sets)] * 2
    (first, _) = augmentation.rows([found, found], 30)
    accuracy = found["logistic regression"][augmentation.WITHOUT]
    assert first.startswith(f"| 30 | logistic regression | {accuracy:.1f} ± 0.0 |")
    assert accuracy > 50  # not shuffled: a guess is right in 10 %

    one_of_them = Images(
        *(torch.cat([part[:9], leak[:1]]) for part, leak in zip(test, train, strict=True))
    )
    everything = {"all": labelled(train)}
    with pytest.raises(ValueError, match="a test image is among"):
        augmentation.accuracies(everything, labelled(one_of_them), seed=0)
