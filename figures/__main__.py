"""`python -m figures`: draw every diagram again into the folder of this file."""

from importlib import import_module
from pathlib import Path

from figures import DIAGRAMS
from figures.style import save


def main(folder=Path(__file__).parent):
    """Write `<name>.png` for each diagram into the folder."""
    for name in DIAGRAMS:
        save(import_module(f"figures.{name}").draw(), folder / f"{name}.png")


if __name__ == "__main__":
    main()
