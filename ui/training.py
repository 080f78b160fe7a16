"""Trainings on the lab's own computer: one at a time, in a process of its own; others wait.

What a training needs lies in `weights/.training/NUMBER/` (its job, and pictures that were uploaded)
until it is finished or forgotten; its checkpoint is in `weights/NAME/`. So a lab that was killed
finds what it had begun, and offers to go on.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

from ui.archives import unpack
from ui.descriptions import describe, names_in

FOLDER = ".training"
PICTURES, JOB, LOG = "pictures", "job.json", "log"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")  # as vae_core.pretrained has it
ERROR = re.compile(r"[\w.]+(?:Error|Exception)\b")  # the last line of a traceback
DATASETS = ("mnist", "fashion", "frey", "cifar10")
# What a visitor may choose of a `Recipe`; the rest is as it stands there.
CHOICES = (
    "objective", "beta", "likelihood", "epochs", "encoder_width", "encoder_blocks", "decoder_width",
    "decoder_blocks", "seed", "batch_size", "lr", "conditional", "size",
)  # fmt: skip
MOST_EPOCHS, MOST_WIDTH, MOST_BLOCKS, MOST_SIZE = 1000, 1024, 8, 64
MOST_WAITING = 20
MOST_UPLOADS = 20  # that wait to be trained on
STOP_SECONDS = 10.0  # after which a process that was asked to stop is killed


class Trainings:
    """All trainings of a lab.

    Args:
        weights_dir: where the models are.
        data_dir: where datasets may be found, see `vae_core.datasets.data_dir`.
        address: of a file of a model, as the page asks for it.
    """

    def __init__(self, weights_dir: Path, data_dir: Path | None, address: Any) -> None:
        self.weights_dir, self.data_dir, self.address = weights_dir.resolve(), data_dir, address
        self.key = secrets.token_urlsafe(16)  # of whoever may start and stop
        self.lock = threading.RLock()
        self.waiting: deque[str] = deque()
        self.running: str | None = None
        self.process: subprocess.Popen[str] | None = None
        self.news: list[dict[str, Any]] = []  # of the epochs of the one that runs, or ran last
        self.last: dict[str, str] | None = None  # how the last one ended
        self.made: list[str] = []  # names of models since the lab was started

    @property
    def folder(self) -> Path:
        """Where what is not finished lies."""
        return self.weights_dir / FOLDER

    def state(self) -> dict[str, Any]:
        """What everybody may know."""
        with self.lock:
            curve = [{k: one[k] for k in ("epoch", "rate", "distortion")} for one in self.news]
            return {
                "running": self._shown(self.running),
                "waiting": [self._shown(number) for number in self.waiting],
                "unfinished": [self._shown(number) for number in self._unfinished()],
                "curve": curve,
                "now": self.news[-1] if self.news else None,
                "last": self.last,
                "models": [describe(self.weights_dir / name, self.address) for name in self.made],
            }

    def receive(self, archive: Path) -> dict[str, Any]:
        """Unpack an upload, for a training to follow.

        Raises:
            ArchiveError: see `archives.unpack`; or there are too many uploads already.
        """
        uploads = [path for path in self.folder.glob("*") if not (path / JOB).exists()]
        if len(uploads) >= MOST_UPLOADS:
            shutil.rmtree(min(uploads, key=lambda path: path.stat().st_mtime), ignore_errors=True)
        number = secrets.token_hex(6)
        home = self.folder / number
        try:
            found = unpack(archive, home / PICTURES)
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise
        return {"upload": number, "classes": found}

    def start(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Begin a training, or put it into the queue.

        Args:
            asked: name of the model; dataset, one of `DATASETS`, or upload, as `receive` gave it;
                recipe, some of `CHOICES`.
        Returns:
            {"place": how many are before it}.
        Raises:
            ValueError: something else; the message says what is accepted.
        """
        name, recipe = asked.get("name"), asked.get("recipe")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ValueError("name: expected 1 to 64 of a-z, 0-9, '-' and '_'.")
        if not isinstance(recipe, dict) or (odd := set(recipe) - set(CHOICES)):
            shown = (
                ", ".join(sorted(map(repr, odd)))[:80] if isinstance(recipe, dict) else "nothing"
            )
            raise ValueError(f"recipe: expected some of {', '.join(CHOICES)}, not {shown}.")
        with self.lock:
            number, dataset = self._source(asked)
            # A folder without a model may hold the checkpoint of a command line.
            if (self.weights_dir / name).exists() or name in self._names():
                raise ValueError(f"There is a model {name} already: choose another name.")
            if len(self.waiting) >= MOST_WAITING:
                raise ValueError(f"{MOST_WAITING} trainings wait already: try again later.")
            full = _checked({**recipe, "dataset": dataset})
            home = self.folder / number
            home.mkdir(parents=True, exist_ok=True)
            job = {
                "name": name,
                "recipe": full,
                "weights_dir": str(self.weights_dir),
                "data_dir": None if self.data_dir is None else str(self.data_dir),
            }
            whole = home / f"{JOB}.partial"
            whole.write_text(json.dumps(job), encoding="utf-8")
            whole.replace(home / JOB)  # a lab that is killed leaves no half of it
            return self._queue(number)

    def go_on(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Queue an unfinished training again, from its checkpoint."""
        with self.lock:
            return self._queue(self._one_of(asked, self._unfinished()))

    def cancel(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Stop the training that runs, or take one out of the queue; both stay unfinished."""
        with self.lock:
            running = [self.running] if self.running else []
            number = self._one_of(asked, [*running, *self.waiting])
            if number in self.waiting:
                self.waiting.remove(number)
            else:
                self._end()
            return {}

    def forget(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Delete an unfinished training with its pictures and its checkpoint."""
        with self.lock:
            number = self._one_of(asked, self._unfinished())
            name = self._job(number)["name"]
            if name not in names_in(self.weights_dir):
                shutil.rmtree(self.weights_dir / name, ignore_errors=True)
            shutil.rmtree(self.folder / number, ignore_errors=True)
            return {}

    def close(self) -> None:
        """End what runs; the next lab may go on with it."""
        with self.lock:
            self.waiting.clear()
            self._end()

    def _queue(self, number: str) -> dict[str, Any]:
        self.waiting.append(number)
        place = len(self.waiting) - 1 + (self.running is not None)
        self._next()
        return {"place": place}

    def _next(self) -> None:
        """Begin the next training, if none runs."""
        if self.running or not self.waiting:
            return
        self.running, self.news = self.waiting.popleft(), []
        environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
        home = self.folder / self.running
        with (home / LOG).open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ui.train_process", str(home / JOB)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=Path(__file__).resolve().parents[1],
                env=environment,
            )
        threading.Thread(
            target=self._follow, args=(self.running, self.process), daemon=True
        ).start()

    def _follow(self, number: str, process: "subprocess.Popen[str]") -> None:
        """Read what a process tells, until it ends; then the next one begins."""
        error, name = "", self._job(number)["name"]
        with process:  # which closes its pipes, too
            assert process.stdout is not None
            for line in process.stdout:
                with suppress(ValueError):
                    news = json.loads(line)
                    error = news.get("error", error)
                    if "epoch" in news:
                        with self.lock:
                            self.news.append(news)
        with self.lock:
            done = not process.returncode and name in names_in(self.weights_dir)
            self.last = {"name": name, "end": "done" if done else "stopped"}
            if process.returncode and not error:  # it was killed, or there is a fault in it
                error = _last_line(self.folder / number / LOG)
            if error:
                self.last |= {"end": "failed", "why": error}
            if done:
                self.made.append(name)
                shutil.rmtree(self.folder / number, ignore_errors=True)
            self.running = self.process = None
            self._next()

    def _end(self) -> None:
        process = self.process
        if process is None:
            return
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        threading.Thread(target=_kill_late, args=(process,), daemon=True).start()

    def _source(self, asked: dict[str, Any]) -> tuple[str, str]:
        """The number of a training, and its dataset as a `Recipe` names it."""
        upload, dataset = asked.get("upload"), asked.get("dataset")
        if dataset in DATASETS and upload is None:
            return secrets.token_hex(6), str(dataset)
        known = [path.name for path in self.folder.glob("*") if not (path / JOB).exists()]
        if upload not in known:
            raise ValueError(f"dataset: expected {', '.join(DATASETS)}, or an upload.")
        return str(upload), f"folder:{self.folder / str(upload) / PICTURES}"

    def _unfinished(self) -> list[str]:
        known = sorted(path.parent.name for path in self.folder.glob(f"*/{JOB}"))
        return [one for one in known if one != self.running and one not in self.waiting]

    def _names(self) -> set[str]:
        return {self._job(path.parent.name)["name"] for path in self.folder.glob(f"*/{JOB}")}

    def _job(self, number: str) -> dict[str, Any]:
        job: dict[str, Any] = json.loads((self.folder / number / JOB).read_text(encoding="utf-8"))
        return job

    def _shown(self, number: str | None) -> dict[str, Any] | None:
        if number is None:
            return None
        job = self._job(number)
        dataset = job["recipe"]["dataset"].partition(":")[0]
        epochs = job["recipe"]["epochs"]
        return {"number": number, "name": job["name"], "dataset": dataset, "epochs": epochs}

    def _one_of(self, asked: dict[str, Any], numbers: list[str]) -> str:
        if asked.get("number") not in numbers:
            raise ValueError("There is no such training any more.")
        return str(asked["number"])


def _checked(recipe: dict[str, Any]) -> dict[str, Any]:
    """A recipe as `Recipe` takes it, within what a visitor may ask of somebody's computer.

    Raises:
        ValueError: another; the message says what is accepted.
    """
    from dataclasses import asdict

    from vae_core.train.recipe import Recipe  # torch is behind it

    made = Recipe(**recipe)
    widths, blocks = (
        (made.encoder_width, made.decoder_width),
        (made.encoder_blocks, made.decoder_blocks),
    )
    limits = {"epochs": (made.epochs, MOST_EPOCHS), "width": (max(widths), MOST_WIDTH)}
    limits |= {"blocks": (max(blocks), MOST_BLOCKS), "size": (made.size, MOST_SIZE)}
    for what, (value, most) in limits.items():
        if value > most:
            raise ValueError(f"{what} {value}: at most {most} here.")
    return asdict(made)


def _last_line(log: Path) -> str:
    """The error that a process ended with, if it wrote one; progress bars are in the log too."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line[:300] for line in reversed(lines) if ERROR.match(line)), "")


def _kill_late(process: "subprocess.Popen[str]") -> None:
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
