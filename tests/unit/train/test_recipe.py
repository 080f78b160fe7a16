"""The options of a training."""

import pytest

from vae_core import train as training


def test_iwae_draws_five_samples_unless_told():
    for text, samples in ("", 1), ("--objective iwae", 5), ("--objective iwae --samples 8", 8):
        assert training.parse_arguments(["--name", "x", *text.split()]).samples == samples


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
        training.parse_arguments(["--name", "tiny", *text.split()])
    assert stop.value.code == 2
    assert text.split()[0] in capsys.readouterr().err


def test_a_name_is_required(capsys):
    with pytest.raises(SystemExit) as stop:
        training.parse_arguments([])
    assert stop.value.code == 2
    assert "--name" in capsys.readouterr().err
