"""The 8 x 8 digits that the page may train on: python -m ui.digits optdigits.tes

All 1,797 of the test set of "Optical Recognition of Handwritten Digits" (UCI's file, a line of 64
levels and the class for each) become `ui/web/images/digits.js`.
"""

import argparse
import base64
import zlib
from pathlib import Path

import numpy as np

from ui.bundle import WEB

FILE = WEB / "images" / "digits.js"
SOURCE = (
    "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak 1998, "
    "UCI Machine Learning Repository, doi:10.24432/C50P49; CC BY 4.0"
)


def module(levels: "np.ndarray", labels: "np.ndarray") -> str:
    """The text of a module with the digits.

    Args:
        levels: (n, 64), from 0 to 16, row by row.
        labels: (n,), from 0 to 9.
    """
    packed = base64.b64encode(zlib.compress(levels.astype(np.uint8).tobytes(), 9)).decode()
    return f"""// {SOURCE}. `python -m ui.digits` wrote this.

export const licence = "{SOURCE}";
export const label = "{"".join(map(str, labels))}"; // a digit for each
/** Levels from 0 to 16, row by row: compressed (zlib), in base64. */
export const packed = "{packed}";
"""


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m ui.digits", description=__doc__)
    parser.add_argument("file", type=Path, help="UCI's optdigits.tes")
    rows = np.loadtxt(parser.parse_args().file, delimiter=",", dtype=np.uint8)
    FILE.write_text(module(rows[:, :-1], rows[:, -1]), encoding="utf-8")


if __name__ == "__main__":
    main()
