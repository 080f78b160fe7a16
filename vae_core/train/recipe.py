"""What decides the result of a training, and the command-line options that say it."""

import argparse
import math
import shlex
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any, cast, get_args

import numpy as np

from vae_core.datasets import DATASETS, FOLDER_PREFIX
from vae_core.model import LIKELIHOODS, OBJECTIVE_NAMES

PRECISIONS = ("float32", "bfloat16")
CODES_PER_IMAGE = {"iwae": 5, "exact": 4}  # unless a recipe says otherwise


def _option(
    default: Any,
    text: str,
    least: float | None = None,
    below: float = math.inf,
    choices: tuple[str, ...] = (),
) -> Any:
    return field(
        default=default,
        metadata={"help": text, "least": least, "below": below, "choices": choices},
    )


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a training makes, whatever it is called and wherever it runs.

        Recipe()                                       # a VAE of MNIST
        Recipe(dataset="folder:~/pictures", size=64, epochs=500)
        Recipe(lr=5e-4).to_options()                   # "--dataset mnist --epochs 30 --lr 5e-4"

    Each field is an option of `python -m vae_core.train`, whose --help says what it means.

    Raises:
        ValueError: a value of another type or out of range, or two that exclude each other.
    """

    dataset: str = _option(
        "mnist",
        f"{', '.join(DATASETS)} or {FOLDER_PREFIX}PATH, your own pictures (sub-folders are labels)",
    )
    size: int = _option(32, "side of a folder's pictures, in pixels", 4, 257)
    likelihood: str | None = _option(
        None, "p(x|z) of a pixel; each dataset has its own default", choices=LIKELIHOODS
    )
    encoder_width: int = _option(512, "units per layer of the encoder", 1)
    encoder_blocks: int = _option(2, "residual blocks of the encoder", 1)
    decoder_width: int = _option(512, "units per layer of the decoder", 1)
    decoder_blocks: int = _option(2, "residual blocks of the decoder", 1)
    start: str | None = _option(
        None,
        "begin with the parameters of this model, which has the same architecture and lies in the "
        "same weights directory; an autoencoder takes a VAE's means for its codes",
    )
    freeze_decoder: bool = _option(False, "train the encoder only")
    conditional: bool = _option(False, "tell the label to both networks")
    epochs: int = _option(30, "passes over the training images", 1)
    batch_size: int = _option(256, "images per step", 1)
    lr: float = _option(1e-3, "highest learning rate of AdamW, in one cycle", 1e-9)
    weight_decay: float = _option(0.01, "decoupled weight decay of AdamW", 0)
    warmup: float = _option(
        0.0, "epochs over which the weight of the rate rises to its full value", 0
    )
    guide: float = _option(
        0.0,
        "nats per unit of distance from the code that explains the image best (exact.Grid); falls "
        "to 0 by 70% of the training, or, with freeze-decoder, over the last 40%. It moves codes "
        "that are stuck on the wrong side",
        0,
    )
    input_dropout: float = _option(
        0.0, "share of the pixels that is hidden from the encoder, at random", 0, 1
    )
    warp: float = _option(
        0.0,
        "share of the images that is turned, scaled, bent, thickened or thinned at random, as "
        "other hands would have drawn them; without freeze-decoder the decoder draws them so, too",
        0,
        1,
    )
    average: float = _option(
        0.999, "decay per step of the running average of the weights, which is what is saved", 0, 1
    )
    seed: int = _option(0, "of the initial weights, the order and the noise", 0, 2**32)
    objective: str = _option("elbo", "what is minimized", choices=OBJECTIVE_NAMES)
    beta: float = _option(1.0, "weight of the rate", 0)
    samples: int | None = _option(
        None, "codes drawn per image and step; 1, or for iwae 5, or for exact 4", 1
    )
    precision: str = _option(
        "float32",
        "of the networks' products while training; bfloat16 is about twice as fast where the "
        "processor has it",
        choices=PRECISIONS,
    )

    def __post_init__(self) -> None:
        for each in fields(self):
            value = _checked(each, getattr(self, each.name))
            object.__setattr__(self, each.name, value)
        if self.dataset not in DATASETS and not self.dataset.startswith(FOLDER_PREFIX):
            expected = ", ".join(DATASETS)
            raise ValueError(
                f"dataset {self.dataset!r}: expected {expected} or {FOLDER_PREFIX}PATH"
            )
        if self.guide and self.conditional:
            raise ValueError("guide: expected a model that is not told the label (conditional)")
        if self.objective == "exact" and self.conditional:
            raise ValueError(
                "objective exact: expected a model that is not told the label (conditional)"
            )

    @property
    def codes_per_image(self) -> int:
        """How many codes each step draws for an image: `samples`, if it says so."""
        return self.samples or CODES_PER_IMAGE.get(self.objective, 1)

    def to_options(self) -> str:
        """The options of `python -m vae_core.train`: dataset, epochs, and all that differ."""
        words = []
        for each in fields(self):
            value = getattr(self, each.name)
            if value is True:
                words.append(_flag(each.name))
            elif value != each.default or each.name in ("dataset", "epochs"):
                words += [_flag(each.name), _shortest(value)]
        return shlex.join(words)

    def to_notes(self) -> dict[str, Any]:
        """All fields for a checkpoint, as JSON knows them; `samples` is the number drawn."""
        return asdict(self) | {"samples": self.codes_per_image}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for each field of a `Recipe`."""
    for each in fields(Recipe):
        text = each.metadata["help"].replace("%", "%%")
        if each.type is bool:
            parser.add_argument(_flag(each.name), action="store_true", help=text)
            continue
        if each.default is not None:
            text += f" (default: {_shortest(cast(str | float, each.default))})"
        parser.add_argument(
            _flag(each.name),
            type=_parser(each),
            default=each.default,
            choices=each.metadata["choices"] or None,
            help=text,
        )


def recipe_of(options: argparse.Namespace) -> Recipe:
    """The recipe that options added by `add_options` say.

    Raises:
        ValueError: two options that exclude each other.
    """
    return Recipe(**{each.name: getattr(options, each.name) for each in fields(Recipe)})


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _shortest(value: str | float) -> str:  # 0.0005 -> "5e-4", 0.995 -> "0.995"
    if not isinstance(value, float):
        return str(value)
    positional = np.format_float_positional(value, trim="-")
    return min(positional, np.format_float_scientific(value, trim="-", exp_digits=1), key=len)


def _kind(each: "Field[Any]") -> Any:  # int of "int | None"
    return (get_args(each.type) or (each.type,))[0]


def _checked(each: "Field[Any]", value: Any) -> Any:
    kind, least, below = _kind(each), each.metadata["least"], each.metadata["below"]
    if value is None and each.default is None:
        return None
    if kind is float and type(value) is int:
        value = float(value)
    choices = each.metadata["choices"]
    if choices:
        valid, expected = value in choices, f"one of {', '.join(choices)}"
    elif kind in (int, float):
        valid = type(value) is kind and least <= value < below
        expected = f"a {'whole ' * (kind is int)}number of at least {_shortest(kind(least))}"
        expected += "" if below == math.inf else f" and below {_shortest(kind(below))}"
    else:
        valid, expected = type(value) is kind, "true or false" if kind is bool else "text"
    if not valid:
        raise ValueError(f"{each.name} {value!r}: expected {expected}")
    return value


def _parser(each: "Field[Any]") -> Any:  # what argparse calls with the text of an option
    def parse(text: str) -> Any:
        try:
            return getattr(Recipe(**{each.name: _kind(each)(text)}), each.name)
        except ValueError as error:
            known = str(error).startswith(each.name)
            message = str(error) if known else f"{text!r}: expected {_KINDS[_kind(each)]}"
            raise argparse.ArgumentTypeError(message) from error

    return parse


_KINDS = {int: "a whole number", float: "a number", str: "text"}
