"""A progress bar, if tqdm is installed: it comes with the extra `train`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(images: int, title: str) -> Iterator[Callable[[int], object]]:
    """Show a bar on stderr during the block, which calls what it gets with how many are done.

    with progress_bar(len(x), "log p(x)") as advance:
        advance(1)
    """
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        yield lambda done: None
    else:
        with tqdm(total=images, desc=title, unit="image", leave=False) as bar:
            yield bar.update
