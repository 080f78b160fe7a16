"""The recipe of a training: what it accepts, and the options that say it."""

import dataclasses
import math
import re
import shlex

import pytest

from vae_core.train import Recipe
from vae_core.train.__main__ import parse_arguments
from vae_core.zoo import ZOO

OTHERS = {  # than the defaults, one for each field
    "dataset": "folder:/my pictures",
    "size": 64,
    "likelihood": "gaussian",
    "encoder_width": 7,
    "encoder_blocks": 1,
    "decoder_width": 9,
    "decoder_blocks": 3,
    "start": "mnist-vae",
    "freeze_decoder": True,
    "conditional": True,
    "epochs": 7,
    "batch_size": 64,
    "lr": 1.23456789e-4,
    "weight_decay": 0.0,
    "warmup": 2.5,
    "guide": 200.0,
    "input_dropout": 0.1,
    "warp": 0.1,
    "average": 0.0,
    "seed": 2**32 - 1,
    "objective": "iwae",
    "beta": 4.0,
    "samples": 8,
    "precision": "bfloat16",
}


def recipe_from(options):
    return parse_arguments(["--name", "x", *options])[0]


def test_every_field_is_an_option_and_says_what_it_is_for():
    assert OTHERS.keys() == {field.name for field in dataclasses.fields(Recipe)}
    assert recipe_from([]) == Recipe()
    for name, value in OTHERS.items():
        recipe = Recipe(**{name: value})
        assert getattr(recipe, name) == value != getattr(Recipe(), name)
        assert recipe_from(shlex.split(recipe.to_options())) == recipe


def test_a_recipe_is_written_as_its_options():
    assert Recipe().to_options() == "--dataset mnist --epochs 30"
    recipe = Recipe(dataset="folder:a b", lr=5e-4, average=0.995, guide=200, conditional=False)
    assert recipe.to_options() == (
        "--dataset 'folder:a b' --epochs 30 --lr 5e-4 --guide 200 --average 0.995"
    )
    for recipe in ZOO.values():
        assert recipe_from(shlex.split(recipe.to_options())) == recipe


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("epochs", 0, "a whole number of at least 1"),
        ("epochs", 2.0, "a whole number"),
        ("epochs", True, "a whole number"),
        ("epochs", None, "a whole number"),
        ("lr", math.nan, "a number"),
        ("lr", math.inf, "a number"),
        ("lr", "1e-3", "a number"),
        ("average", 1.0, "a number of at least 0 and below 1"),
        ("size", 257, "at least 4 and below 257"),
        ("seed", 2**32, "below 4294967296"),
        ("samples", 0, "at least 1"),
        ("objective", "magic", "one of elbo, iwae, autoencoder"),
        ("likelihood", "poisson", "one of bernoulli, gaussian"),
        ("dataset", "imagenet", "mnist, fashion, frey, cifar10 or folder:PATH"),
        ("start", 3, "text"),
        ("conditional", 1, "true or false"),
    ],
)
def test_what_no_recipe_can_hold_is_refused_in_one_sentence(name, value, expected):
    with pytest.raises(ValueError, match=re.escape(expected)) as error:
        Recipe(**{name: value})
    assert str(error.value).startswith(f"{name} {value!r}: expected ")


def test_a_guide_needs_a_model_that_is_not_told_the_label(capsys):
    with pytest.raises(ValueError, match="not told the label"):
        Recipe(guide=1, conditional=True)
    with pytest.raises(SystemExit) as stop:
        recipe_from(["--guide", "1", "--conditional"])
    assert stop.value.code == 2
    assert "guide: expected a model" in capsys.readouterr().err


def test_iwae_draws_five_samples_unless_told():
    for text, samples in ("", 1), ("--objective iwae", 5), ("--objective iwae --samples 8", 8):
        assert parse_arguments(["--name", "x", *text.split()])[0].codes_per_image == samples


@pytest.mark.parametrize(
    "text",
    [
        "--epochs 0",
        "--epochs -1",
        "--epochs 1.5",
        "--epochs nan",
        "--batch-size 0",
        "--lr -0.001",
        "--lr 0",
        "--lr nan",
        "--lr inf",
        "--lr fast",
        "--weight-decay -1",
        "--weight-decay nan",
        "--warmup -1",
        "--warmup nan",
        "--seed one",
        "--seed 99999999999999999999",
        "--encoder-width 0",
        "--decoder-blocks -2",
        "--dataset imagenet",
        "--objective magic",
    ],
)
def test_bad_options_are_refused_before_anything_happens(text, capsys):
    with pytest.raises(SystemExit) as stop:
        parse_arguments(["--name", "tiny", *text.split()])
    assert stop.value.code == 2
    assert text.split()[0] in capsys.readouterr().err


def test_a_name_is_required(capsys):
    with pytest.raises(SystemExit) as stop:
        parse_arguments([])
    assert stop.value.code == 2
    assert "--name" in capsys.readouterr().err
