"""`python -m figures`: draw every diagram again into the folder of this file."""

from importlib import import_module
from pathlib import Path

from figures import DIAGRAMS
from figures.style import save


def main():
    """Write `<name>.png` for each diagram."""
    for name in DIAGRAMS:
        path = Path(__file__).with_name(f"{name}.png")
        save(import_module(f"figures.{name}").draw(), path)
        print(path.name)


if __name__ == "__main__":
    main()
