"""From the library's expected errors to the one sentence that Gradio shows or sends."""

import functools
from collections.abc import Callable
from typing import Any

import gradio as gr


def in_a_sentence(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap an event handler: what a person can mend becomes a message instead of a traceback."""

    @functools.wraps(function)
    def wrapped(*arguments: Any) -> Any:
        from ui.endpoints import EXPECTED_ERRORS  # torch is behind it

        try:
            return function(*arguments)
        except EXPECTED_ERRORS as error:
            raise gr.Error(str(error), print_exception=False) from error

    return wrapped
