"""Functions that are slow, so that their answers are kept."""

from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Any, Generic, ParamSpec, TypeVar, cast
from weakref import WeakValueDictionary

Key = ParamSpec("Key")
Answer = TypeVar("Answer")


class Once(Generic[Key, Answer]):
    """A function that is slow: its answers are kept, and who asks for the same meanwhile waits.

    Args:
        function: of hashable arguments.
        most: answers that are kept, those used last; all without it.
    """

    def __init__(self, function: Callable[Key, Answer], most: int | None = None) -> None:
        self._answers = cast(Callable[Key, Answer], lru_cache(most)(function))
        self._guard = Lock()  # of the next line
        self._locks: WeakValueDictionary[Any, Lock] = WeakValueDictionary()  # of those being made

    def __call__(self, *key: Key.args, **more: Key.kwargs) -> Answer:
        """The answer, made once."""
        with self._guard:
            lock = self._locks.setdefault((key, *more.items()), Lock())
        with lock:
            return self._answers(*key, **more)
