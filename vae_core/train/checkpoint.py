"""Everything that changes while a model is trained, and how it is kept on disk."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load as from_bytes
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from vae_core.datasets import Images
from vae_core.model import VAE
from vae_core.pretrained import History, ModelError, write_tensors
from vae_core.train.encode import encode_all
from vae_core.train.recipe import Recipe

CHECKPOINT = "checkpoint.safetensors"  # in the model's folder, until the training is done
SNAPSHOTS = 25  # of the training


class Training:
    """Everything that changes while a model is trained, and how it is kept on disk.

    Args:
        model: the model to be trained, on the device where it is trained.
        recipe: how.
        steps: steps per epoch.
        data: what the training images are, see `fingerprint`.
    """

    def __init__(self, model: VAE, recipe: Recipe, steps: int, data: dict[str, Any]) -> None:
        self.model, self.recipe, self.steps, self.data = model, recipe, steps, data
        self.optimizer = torch.optim.AdamW(
            model.parameters(), recipe.lr, weight_decay=recipe.weight_decay
        )
        total = recipe.epochs * steps
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, recipe.lr, total_steps=total
        )

        def average(averaged: Tensor, current: Tensor, seen: Tensor | int) -> Tensor:
            # A shorter memory at first, so that the average is not of what has been unlearned.
            share = max(1 - recipe.average, 9 / (10 + float(seen)))
            return averaged.lerp(current, share)

        device = next(model.parameters()).device
        self.averaged = AveragedModel(model, device=device, avg_fn=average)
        self.done = 0  # epochs
        self.snapshots: list[History] = []  # of one moment each
        moments = np.geomspace(20, max(total, 20), SNAPSHOTS - 1).astype(int)
        self.moments = {0, total, *moments.tolist()}

    @property
    def average(self) -> VAE:
        """The model with the running average of the weights: the one to be saved."""
        return cast(VAE, self.averaged.module)

    def history(self) -> History:
        """All snapshots so far."""
        return History(*map(torch.cat, zip(*self.snapshots, strict=True)))

    def snapshot(self, step: int, test: Images) -> None:
        """Encode the test set as the averaged model sees it after so many steps."""
        q, bound = encode_all(self.average.eval(), test, nodes=2)
        self.snapshots.append(
            History(
                torch.tensor([step / self.steps], device="cpu"),
                q.mean.half()[None],
                bound.rate.mean()[None],
                bound.distortion.mean()[None],
            )
        )

    def write(self, path: Path) -> None:
        """Keep everything needed to go on.

        Raises:
            ModelError: the file cannot be written.
        """
        state = self.optimizer.state_dict()
        tensors = {f"model/{key}": value for key, value in self.model.state_dict().items()}
        tensors |= {f"averaged/{key}": value for key, value in self.averaged.state_dict().items()}
        tensors |= {f"history/{key}": value for key, value in self.history()._asdict().items()}
        for index, slots in state["state"].items():
            tensors |= {f"optimizer/{index}/{key}": value for key, value in slots.items()}
        notes = {
            "done": self.done,
            "recipe": self.recipe.to_notes(),
            "data": self.data,
            "param_groups": state["param_groups"],
            "schedule": self.schedule.state_dict(),
        }
        write_tensors(path, tensors, {key: json.dumps(value) for key, value in notes.items()})

    def read(self, path: Path) -> None:
        """Restore everything.

        Raises:
            ModelError: no checkpoint, a broken one, or one made with another recipe or of other
                images.
        """
        if not path.exists():
            raise ModelError(f"{path}: there is no checkpoint to resume from")
        try:
            with safe_open(path, framework="pt") as file:
                notes = {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
            recipe, tensors = notes["recipe"], from_bytes(path.read_bytes())
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise ModelError(f"{path}: truncated or not a checkpoint ({error!r})") from error
        _check_same_recipe(path, recipe, self.recipe)
        if "data" in notes:  # of later versions only
            _check_same_data(path, notes["data"], self.data)
        groups: dict[str, dict[str, Tensor]] = {"optimizer": {}}  # empty before the first step
        for key, tensor in tensors.items():
            group, _, rest = key.partition("/")
            groups.setdefault(group, {})[rest] = tensor
        slots: dict[int, dict[str, Tensor]] = {}
        for key, tensor in groups["optimizer"].items():
            index, slot = key.split("/")
            slots.setdefault(int(index), {})[slot] = tensor
        self.model.load_state_dict(groups["model"])
        self.averaged.load_state_dict(groups["averaged"])
        self.optimizer.load_state_dict({"state": slots, "param_groups": notes["param_groups"]})
        self.schedule.load_state_dict(notes["schedule"])
        self.snapshots = [History(**groups["history"])]
        self.done = int(notes["done"])


def fingerprint(train: Images, test: Images, classes: Sequence[str]) -> dict[str, Any]:
    """What tells the images of one training from those of another, as JSON knows it."""
    digest = hashlib.sha256()
    for part in (*train, *test):
        digest.update(part.cpu().numpy().data)
    return {
        "train": len(train.labels),
        "test": len(test.labels),
        "classes": list(classes),
        "sha256": digest.hexdigest(),
    }


def _check_same_recipe(path: Path, before: dict[str, Any], recipe: Recipe) -> None:
    default = {each.name: each.default for each in fields(Recipe)}  # of options that came later
    for key, value in recipe.to_notes().items():
        if before.get(key, default[key]) != value:
            option = "--" + key.replace("_", "-")
            raise ModelError(
                f"{path} was made with {option} {before.get(key)}, "
                f"not {value}: resume with the same options"
            )


def _check_same_data(path: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    if before == now:
        return
    what = "other pictures, though as many"
    if before["classes"] != now["classes"]:
        classes = (", ".join(data["classes"]) or "none" for data in (before, now))
        what = "the classes {}, not {}".format(*classes)
    elif (before["train"], before["test"]) != (now["train"], now["test"]):
        what = "{train} + {test} pictures (training + test), ".format(**before)
        what += "not {train} + {test}".format(**now)
    raise ModelError(
        f"{path} was made with {what}: resume with the same pictures, "
        "or start over with --overwrite"
    )
