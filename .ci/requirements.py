"""Print what the project and its tests need, one requirement a line, with TensorFlow's CPU build where there is one.

The CPU build is a third of the size and writes nothing on import. It cannot stand in pyproject.toml: pip would install
it over a TensorFlow that is there already, and break it. So only the environment that `make` builds for itself has it.
"""

import platform
import sys
import tomllib
from pathlib import Path


def extra(project, name):
    """The requirements of an extra, and of the project's own extras that it names."""
    own = project["name"] + "["
    for requirement in project["optional-dependencies"][name]:
        if requirement.startswith(own):
            yield from extra(project, requirement.removeprefix(own).rstrip("]"))
        else:
            yield requirement


if __name__ == "__main__":
    file = Path(__file__).parent.parent / "pyproject.toml"
    project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
    has_cpu_build = platform.machine() in ("x86_64", "AMD64") and sys.platform != "darwin"
    for requirement in [*project["dependencies"], *extra(project, "test")]:
        print(requirement.replace("tensorflow>", "tensorflow-cpu>") if has_cpu_build else requirement)
