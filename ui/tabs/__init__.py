"""One file per tab, each with one function `build(shared)`."""
