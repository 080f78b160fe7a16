"""What the lab changes in Gradio itself: each with its reason, and with what would make it go."""

from gradio import component_meta


def write_no_stubs() -> None:
    """Keep Gradio from writing a .pyi beside the file of each subclass of a component.

    It does so whenever one is defined, for editors to know its events. Type checkers read such a
    file instead of the source, so it hides what the lab's own code says, and goes stale. It can go
    as soon as Gradio has a switch for that: 6.31 has none.
    """
    component_meta.create_or_modify_pyi = lambda *_: None
