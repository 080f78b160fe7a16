"""Everything that changes while a model is trained, and how it is kept on disk."""

import argparse
import json
from pathlib import Path
from typing import cast

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from vae_core.datasets import Images
from vae_core.model import VAE
from vae_core.pretrained import History, ModelError, write_tensors
from vae_core.train.encode import encode_all
from vae_core.train.recipe import RECIPE

SNAPSHOTS = 25  # of the training


class Training:
    """Everything that changes while a model is trained, and how it is kept on disk."""

    def __init__(self, model: VAE, options: argparse.Namespace, steps: int) -> None:
        self.model, self.options, self.steps = model, options, steps  # steps per epoch
        self.recipe = {key: getattr(options, key) for key in RECIPE}
        self.optimizer = torch.optim.AdamW(
            model.parameters(), options.lr, weight_decay=options.weight_decay
        )
        total = options.epochs * steps
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, options.lr, total_steps=total
        )

        def average(averaged: Tensor, current: Tensor, seen: Tensor | int) -> Tensor:
            # A shorter memory at first, so that the average is not of what has been unlearned.
            share = max(1 - options.average, 9 / (10 + float(seen)))
            return averaged.lerp(current, share)

        self.averaged = AveragedModel(model, avg_fn=average)
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
        """Encode the test set as the averaged model sees it now."""
        q, bound = encode_all(self.average.eval(), test, nodes=2)
        self.snapshots.append(
            History(
                torch.tensor([step / self.steps]),
                q.mean.half()[None],
                bound.rate.mean()[None],
                bound.distortion.mean()[None],
            )
        )

    def write(self, path: Path) -> None:
        """Keep everything needed to go on."""
        state = self.optimizer.state_dict()
        tensors = {f"model/{key}": value for key, value in self.model.state_dict().items()}
        tensors |= {f"averaged/{key}": value for key, value in self.averaged.state_dict().items()}
        tensors |= {f"history/{key}": value for key, value in self.history()._asdict().items()}
        for index, slots in state["state"].items():
            tensors |= {f"optimizer/{index}/{key}": value for key, value in slots.items()}
        notes = {
            "done": self.done,
            "recipe": self.recipe,
            "param_groups": state["param_groups"],
            "schedule": self.schedule.state_dict(),
        }
        write_tensors(path, tensors, {key: json.dumps(value) for key, value in notes.items()})

    def read(self, path: Path) -> None:
        """Restore everything.

        Raises:
            ModelError: no checkpoint, a broken one, or one made with other options.
        """
        if not path.exists():
            raise ModelError(f"{path}: there is no checkpoint to resume from")
        try:
            with safe_open(path, framework="pt") as file:
                notes = {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
                tensors: dict[str, Tensor] = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            made_with = notes["recipe"]
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise ModelError(f"{path}: truncated or not a checkpoint ({error!r})") from error
        for key, value in self.recipe.items():
            if made_with.get(key) != value:
                option = "--" + key.replace("_", "-")
                raise ModelError(
                    f"{path} was made with {option} {made_with.get(key)}, "
                    f"not {value}: resume with the same options"
                )
        kinds: dict[str, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            kind, _, rest = key.partition("/")
            kinds.setdefault(kind, {})[rest] = tensor
        slots: dict[int, dict[str, Tensor]] = {}
        for key, tensor in kinds["optimizer"].items():
            index, slot = key.split("/")
            slots.setdefault(int(index), {})[slot] = tensor
        self.model.load_state_dict(kinds["model"])
        self.averaged.load_state_dict(kinds["averaged"])
        self.optimizer.load_state_dict({"state": slots, "param_groups": notes["param_groups"]})
        self.schedule.load_state_dict(notes["schedule"])
        self.snapshots = [History(**kinds["history"])]
        self.done = int(notes["done"])
