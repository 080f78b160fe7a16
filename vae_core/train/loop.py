"""The training itself: from a recipe to a model on disk."""

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from tqdm import tqdm

from vae_core.datasets import Dataset, Images, describe, load_images
from vae_core.model import LATENT_DIM, VAE, VAEConfig
from vae_core.pretrained import (
    OUTPUT_DIR,
    ModelError,
    PathLike,
    list_models,
    load,
    make_model_folder,
    model_folder,
    not_finite,
    save,
    save_encodings,
    save_history,
)
from vae_core.train.checkpoint import CHECKPOINT, Training, fingerprint
from vae_core.train.encode import encodings_of, standardize_codes
from vae_core.train.recipe import Recipe
from vae_core.train.step import Plane, Step, draw

ENOUGH_STEPS = 2000  # with fewer, a model has hardly begun to learn
CHECKPOINT_SECONDS = 10.0  # between two checkpoints, at least: tiny epochs would only write files


class EpochReport(NamedTuple):
    """What `train` tells after each epoch."""

    epoch: int  # done, of
    epochs: int
    rate: float  # nats per image, averaged over the epoch as it went
    distortion: float
    seconds: float  # since this call began to train
    seconds_left: float  # of training, at the pace so far


def train(
    recipe: Recipe,
    name: str,
    *,
    weights_dir: PathLike = OUTPUT_DIR,
    data_dir: PathLike | None = None,
    resume: bool = False,
    overwrite: bool = False,
    device: str = "auto",
    on_epoch: Callable[[EpochReport], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> VAE | None:
    """Train a model and leave it in a weights directory, with its encoded test set and history.

        model = train(Recipe(dataset="mnist", epochs=3), "mine", on_epoch=print)

    A training that ends early, by `should_stop`, an exception or a power cut, leaves a checkpoint
    that is at most ten seconds and one epoch old: the same call with `resume=True` goes on from
    there, and ends with the same weights as if nothing had happened. Progress bars are on stderr.

    Args:
        recipe: what to train on, what to minimize, and how.
        name: of the model, 1 to 64 of a-z, 0-9, "-" and "_".
        weights_dir: the model becomes a folder in it.
        data_dir: where the dataset is, or is downloaded to, see `vae_core.datasets.data_dir`.
        resume: go on from the checkpoint of the same recipe.
        overwrite: replace a finished model of this name at the end, and an unfinished one now.
        device: "auto", "cpu", "cuda" or "mps".
        on_epoch: called after each epoch, by the main process alone.
        should_stop: asked after each step; once it answers True, training ends. Only for a
            training in one process.
    Returns:
        The model as `vae_core.load` reads it from disk, or None if it was stopped.
    Raises:
        ModelError: a bad name, one that is taken, a device that is not there, a checkpoint or a
            model to start from that does not fit the recipe, a folder that cannot be written, or a
            loss that is not finite; no labels for a conditional model.
        DatasetError: the dataset is neither on disk nor to be downloaded.
    """
    from accelerate import Accelerator  # late: only training needs it

    checkpoint = model_folder(name, weights_dir) / CHECKPOINT
    _check_free(name, Path(weights_dir), resume, overwrite)
    cpu = _use_cpu(device)
    dataset = describe(recipe.dataset, recipe.size)
    if recipe.conditional and not dataset.classes:
        raise ModelError(
            f"--conditional: there are no labels in {recipe.dataset}; in a folder, the pictures of "
            "each class belong in a sub-folder of its own"
        )
    images, test = (
        load_images(recipe.dataset, part, data_dir, size=recipe.size) for part in (True, False)
    )
    accelerator = Accelerator(cpu=cpu)
    main = accelerator.is_main_process
    model = _new_model(recipe, dataset, weights_dir).to(accelerator.device)
    steps = -(-len(images.labels) // recipe.batch_size)
    training = Training(model, recipe, steps, fingerprint(images, test, dataset.classes))
    images = Images(*(part.to(accelerator.device) for part in images))
    if main:
        make_model_folder(name, weights_dir)
        if not resume:
            _warn_of_few_steps(recipe, len(images.labels), steps)
            training.snapshot(0, test)
            training.write(checkpoint)  # so that what cannot be written is known now
    if resume:
        training.read(checkpoint)
    step = accelerator.prepare(Step(model, recipe))  # more than one process: shares gradients

    begun = written = time.monotonic()
    first = training.done
    with tqdm(
        total=recipe.epochs * steps,
        initial=training.done * steps,
        unit="step",
        dynamic_ncols=True,
        disable=not main,
    ) as progress:
        while training.done < recipe.epochs:
            if should_stop is not None and should_stop():
                training.write(checkpoint)
                return None
            means = _train_epoch(training, step, images, test, accelerator, progress, should_stop)
            if means is None:
                return None
            _check_finite(model.state_dict(), recipe, f"in epoch {training.done}")
            now = time.monotonic()
            if not main:
                continue
            if training.done == recipe.epochs or now - written >= CHECKPOINT_SECONDS:
                training.write(checkpoint)
                written = now
            if on_epoch is not None:
                pace = (now - begun) / (training.done - first)
                left = pace * (recipe.epochs - training.done)
                on_epoch(EpochReport(training.done, recipe.epochs, *means, now - begun, left))
    accelerator.wait_for_everyone()

    if main:
        _store(training, name, images, test, weights_dir)
        checkpoint.unlink()
    accelerator.wait_for_everyone()
    accelerator.end_training()
    return load(name, weights_dir)


def _train_epoch(
    training: Training,
    step: nn.Module,
    images: Images,
    test: Images,
    accelerator: Any,
    progress: "tqdm[Any]",
    should_stop: Callable[[], bool] | None,
) -> tuple[float, float] | None:
    """One pass over the images: its mean rate and distortion, or None if it was stopped."""
    recipe, device = training.recipe, images.labels.device
    # Seeded anew every epoch, so that a resumed training draws what an unbroken one would have.
    seed = recipe.seed * 1_000_003 + training.done
    ordered = torch.Generator("cpu").manual_seed(seed)
    order = torch.randperm(len(images.labels), generator=ordered, device="cpu").to(device)
    generator = torch.Generator(device).manual_seed(seed)
    torch.manual_seed(seed + 500_000 * accelerator.process_index)  # dropout knows no generator
    step.train()
    plane = Plane(training.model)
    rate = distortion = 0.0
    for number, index in enumerate(order.split(recipe.batch_size)):
        batch, weight = draw(training, number, index, images, plane, generator, accelerator)
        loss = step(batch)
        now = f"at step {number + 1} of epoch {training.done + 1}"
        _check_finite({"the loss": loss.total}, recipe, now)
        training.optimizer.zero_grad()
        accelerator.backward(weight * loss.total)
        training.optimizer.step()
        training.schedule.step()
        training.averaged.update_parameters(training.model)
        rate += (loss.rate.item() - rate) / (number + 1)
        distortion += (loss.distortion.item() - distortion) / (number + 1)
        progress.set_postfix_str(
            f"epoch {training.done + 1}/{recipe.epochs}, "
            f"rate {rate:.2f}, distortion {distortion:.2f} nats",
            refresh=False,
        )
        progress.update()
        taken = training.done * training.steps + number + 1
        if taken in training.moments and accelerator.is_main_process:
            training.snapshot(taken, test)
        if should_stop is not None and number + 1 < training.steps and should_stop():
            return None
    training.done += 1
    return rate, distortion


def _new_model(recipe: Recipe, dataset: Dataset, weights_dir: PathLike) -> VAE:
    config = VAEConfig(
        recipe.dataset.partition(":")[0],
        dataset.shape,
        dataset.classes,
        dataset.preparation,
        likelihood=recipe.likelihood or dataset.likelihood,
        conditional=recipe.conditional,
        objective=recipe.objective,
        beta=recipe.beta,
        encoder_width=recipe.encoder_width,
        encoder_blocks=recipe.encoder_blocks,
        decoder_width=recipe.decoder_width,
        decoder_blocks=recipe.decoder_blocks,
    )
    torch.manual_seed(recipe.seed)
    with torch.device("cpu"):  # whatever the default is: the same seed gives the same weights
        model = VAE(config)
    if recipe.start:
        _start_from(model, recipe.start, weights_dir)
    model.input_dropout = recipe.input_dropout
    model.decoder.requires_grad_(not recipe.freeze_decoder)
    return model


def _start_from(model: VAE, name: str, weights_dir: PathLike) -> None:
    start = load(name, weights_dir)
    state = start.state_dict()
    if start.config.probabilistic and not model.config.probabilistic:
        last = f"encoder.{len(start.encoder) - 1}."
        state |= {key: value[:LATENT_DIM] for key, value in state.items() if key.startswith(last)}
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise ModelError(f"--start {name}: of another architecture ({error})") from error


def _store(
    training: Training, name: str, images: Images, test: Images, weights_dir: PathLike
) -> None:
    trained, history = training.average.cpu().eval(), training.history()
    halves = {key: value.half() for key, value in trained.state_dict().items()}
    _check_finite(halves, training.recipe, "at its end, in half precision")
    if not trained.config.probabilistic:
        shift, scale = standardize_codes(trained, Images(*(part.cpu() for part in images)))
        history = history._replace(mean=((history.mean.float() - shift) / scale).half())
    save(name, trained, weights_dir)
    stored = load(name, weights_dir)  # what was rounded is what gets encoded
    save_encodings(name, encodings_of(stored, test), weights_dir)
    save_history(name, history, weights_dir)


def _check_free(name: str, weights_dir: Path, resume: bool, overwrite: bool) -> None:
    """Refuse to replace what is there, unless the person said so."""
    checkpoint = model_folder(name, weights_dir) / CHECKPOINT
    if resume or overwrite:
        return
    if checkpoint.exists():
        raise ModelError(
            f"{checkpoint} holds an unfinished training: continue it with --resume, "
            "or start over with --overwrite"
        )
    if name in list_models(weights_dir):
        raise ModelError(
            f"{checkpoint.parent} holds a model already: take another --name, "
            "or replace it with --overwrite"
        )


def _check_finite(tensors: Mapping[str, Tensor], recipe: Recipe, when: str) -> None:
    """Stop before a step, or a checkpoint, that would spread what is not a number."""
    if key := not_finite(tensors):
        raise ModelError(
            f"the training broke down {when}: {key!r} is not finite. Start over with --overwrite "
            f"and a lower --lr (it was {recipe.lr:g}); the last checkpoint is kept"
        )


def _warn_of_few_steps(recipe: Recipe, images: int, steps: int) -> None:
    if recipe.epochs * steps < ENOUGH_STEPS:
        print(
            f"This training takes {recipe.epochs * steps:,} steps: {images:,} pictures in batches "
            f"of {recipe.batch_size}, in {recipe.epochs} epochs. A model needs about "
            f"{ENOUGH_STEPS:,} to learn much; that would be --epochs {-(-ENOUGH_STEPS // steps)}.",
            file=sys.stderr,
        )


def _use_cpu(device: str) -> bool:
    usable = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if device == "auto":
        return not (usable["cuda"] or usable["mps"])
    if not usable.get(device):
        names = ", ".join(name for name, is_usable in usable.items() if is_usable)
        raise ModelError(f"--device {device}: there is none here; available: {names}")
    return device == "cpu"
