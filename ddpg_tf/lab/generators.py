"""Random generators that can be written down, and that go on from what was written."""

import numpy as np


def generator_state(generator):
    """Where a numpy Generator stands, as a dict that JSON can hold. Raises ValueError for one that is not of PCG64."""
    kind = type(generator.bit_generator).__name__
    if kind != "PCG64":
        raise ValueError(f"a random generator is of the kind {kind}, expected PCG64, that of np.random.default_rng.")
    return generator.bit_generator.state


def generator_at(state):
    """A numpy Generator that draws on from a `generator_state`. Raises ValueError for a dict that is none."""
    bits = np.random.PCG64(0)
    try:
        bits.state = state
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise ValueError(f"the state of a random generator is {str(state)[:60]!r}, expected one of PCG64.") from error
    return np.random.Generator(bits)
