"""`make recordings`: the lander's trainings, seeds 0 to 24, under four arithmetics; what is there is not made again."""

import os
import subprocess
import sys

from tests.elsewhere.__main__ import ROOT, settings

ARITHMETICS = ("avx512-1", "avx2-1", "avx-1", "sse4-1")
RECORDED = ROOT / "notebooks" / "results" / "lunar-lander"


def main():
    """Record what is missing, one arithmetic after the other."""
    for name in ARITHMETICS:
        command = (sys.executable, "-m", "ddpg_tf", "runs", "--config", "lunar-lander", "--seeds", "25")
        environment = {**os.environ, **settings(name)}
        subprocess.run([*command, "--out", str(RECORDED / name)], env=environment, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
