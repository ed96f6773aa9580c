"""Rules of the strict notebook run: what nbval compares, and how long it waits."""

import pytest


def pytest_collectstart(collector):
    if hasattr(collector, "skip_compare"):  # an nbval notebook
        collector.skip_compare += ("stderr",)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if hasattr(item, "output_timeout"):  # nbval waits 5 s for the last output of a cell, too little on a busy machine
        item.output_timeout = 60
