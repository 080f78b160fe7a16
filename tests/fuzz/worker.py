"""The process that tries cases one after the other: it may crash or hang, and the next goes on."""

import argparse
import os
from importlib import import_module
from random import Random
from typing import Any

TARGETS = {  # and how many of ten cases each has
    "pictures": 5,
    "models": 2,
    "endpoints": 2,
    "http": 1,
}
SERVED = ("mnist-vae", "mnist-ae", "mnist-cvae", "cifar10-vae", "folder-tiny")  # see `KINDS`
MODULES = {"http": "endpoints"}
MEMORY = 8 * 1024**3  # bytes that the process may address: above, its allocations fail


def target_of(index: int) -> str:
    """Which target a case has, unless all have the same."""
    return [name for name, share in TARGETS.items() for _ in range(share)][index % 10]


def make(target: str, seed: int, index: int) -> Any:
    """The `Case` of a target, a seed and an index: always the same."""
    chance = Random(f"{target} {seed} {index}")
    module = import_module(f"tests.fuzz.{MODULES.get(target, target)}")
    return (module.case_over_http if target == "http" else module.case)(chance)


def work(options: argparse.Namespace, start: int, reached: Any, failures: Any) -> None:
    """Try cases from an index on, in a process of its own, so that it may crash or hang."""
    os.environ["OMP_NUM_THREADS"] = "1"
    import torch

    from tests.fuzz.cases import complaint

    if options.weights.exists():
        from tests.fuzz import endpoints

        app = endpoints.App(*options.app) if options.app else None
        endpoints.place = endpoints.Place(options.weights, app)
        endpoints.warm_up()
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except ImportError:  # Windows
        pass
    torch.set_num_threads(1)
    for index in range(start, options.end):
        reached.value = index
        target = options.target or target_of(index)
        case = make(target, options.seed, index)
        if options.verbose:
            print(f"{index} {target}: {case.words}", flush=True)
        found = complaint(case)
        if found:
            failures.value += 1
            report(options, index, f"{case.words}\n{found}")
    reached.value = options.end


def report(options: argparse.Namespace, index: int, words: str) -> None:
    """Say what failed, and how to see it again."""
    target = options.target or target_of(index)
    print(
        f"\nFAILED {target} {index}: {words}\n"
        f"again: python -m tests.fuzz --only {index} --seed {options.seed} --target {target}",
        flush=True,
    )
