"""In the kernel of a page: every claim is written down, and none stops the page."""

import functools
import json

import numpy as np

from ddpg_tf.course import claims


def install(path, stored):
    """Replace the `claim` that the page will import by one that records each call as a line of JSON in `path`.

    It records whether the claim holds and by how much, prints its line in both cases, and goes on.
    stored: the lines that the page stores. A claim without one is left alone: some pages show how a claim fails.
    """
    claim = claims.claim

    @functools.wraps(claim)
    def recorded(sentence, value, **options):
        line = next((line for line in stored if line == f"✓ {sentence}" or line.startswith(f"✓ {sentence}: ")), None)
        if line is None:
            return claim(sentence, value, **options)
        bounds = {name: bound for name, bound in options.items() if name not in ("typical", "digits")}
        check = {"sentence": sentence, "typical": options.get("typical"), **measurement(value, **bounds)}
        try:
            claim(sentence, value, **options)
            check["passed"] = True
        except AssertionError:
            check["passed"] = False
            print(line)  # else this failure would count again, as a line that is not printed
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(check) + "\n")

    claims.claim = recorded


@np.errstate(invalid="ignore")  # infinity less infinity
def measurement(value, *, expected=None, tolerance=0.0, at_least=None, at_most=None):
    """The kind and bound of a claim, its value (of an array, the element nearest to a bound), margin and distances.

    distances: by bound, how far the value, or its difference to `expected`, is inside. margin: the smallest of them.
    A claim of equality or truth has neither, and its value is in words.
    """
    bound = claims._bound(value, expected, tolerance, at_least, at_most)
    between = at_least is not None or at_most is not None
    about = {"kind": "bound" if between else "true" if expected is None else "expected", "bound": bound}
    another_shape = np.ndim(expected) > 0 and np.shape(value) != np.shape(expected)
    if not between and (not tolerance or another_shape):
        return {**about, "value": claims._measured(value), "margin": None, "distances": {}}
    values = difference = np.asarray(value, np.float64)
    if not between:
        difference = np.where(values == expected, 0.0, values - np.asarray(expected, np.float64))
        at_least, at_most = -tolerance, tolerance
    distances = {}
    if at_least is not None:
        distances["at_least"] = difference - at_least
    if at_most is not None:
        distances["at_most"] = at_most - difference
    nearest = functools.reduce(np.minimum, distances.values())
    return {
        **about,
        "value": float(values.flat[nearest.argmin()]),
        "margin": float(nearest.min()),
        "distances": {side: float(distance.min()) for side, distance in distances.items()},
    }
