"""The images that are shipped are those of the datasets, byte for byte."""

from pathlib import Path

import numpy as np
import pytest

from ui.bundle import WEB
from ui.real_images import EACH, OF, module, picked
from vae_core import load_encodings


@pytest.mark.parametrize("dataset", OF)
def test_the_file_is_what_the_dataset_gives(dataset: str, data_dir: Path) -> None:
    assert (WEB / "images" / f"{dataset}.js").read_text("utf-8") == module(dataset, data_dir)


@pytest.mark.parametrize("name", [name for name, _ in OF.values()])
def test_each_class_has_its_typical_image_first(name: str) -> None:
    found = load_encodings(name)
    mean, label = found.mean.numpy(), found.label.numpy()
    indexes = np.array(picked(name)).reshape(-1, EACH)
    assert len(indexes) * EACH <= 40
    for k, own in enumerate(indexes):
        assert (label[own] == k).all()
        assert len(set(own)) == EACH
        away = np.linalg.norm(mean - np.median(mean[label == k], axis=0), axis=1)
        assert away[own[0]] == away[label == k].min()
