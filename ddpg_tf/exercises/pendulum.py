"""Checkers for notebook 06, the whole algorithm on the pendulum."""

from types import SimpleNamespace

import numpy as np

from ddpg_tf.exercises import checker

_ANGLES = np.radians([10.0, 80.0, 100.0, 170.0, -10.0, -80.0, -100.0, -170.0])


@checker
def check_angle(answer):
    """`answer(state)`: the angle of (cos, sin, speed) in radians, 0 when upright, from -pi to pi."""
    wrong = [
        (lambda phi: np.arccos(np.cos(phi)), "never negative: the cosine does not know left from right, the sine does"),
        (lambda phi: np.arcsin(np.sin(phi)), "never beyond ±pi/2: the sine does not know up from down, the cosine does"),
        (lambda phi: np.arctan(np.tan(phi)), "the quotient loses a sign, and with it half of the circle; see np.arctan2"),
        (lambda phi: np.pi / 2 - phi, "arctan2 takes the sine first, then the cosine"),
        (lambda phi: -phi, "left and right are swapped"),
        (np.degrees, "that is in degrees; the reward of Eq. 1 is in radians"),
        (lambda phi: phi % (2 * np.pi), "the right direction, but from 0 to 2 pi: Eq. 1 squares it, so use -pi to pi"),
    ]
    given = np.array([float(answer(np.array([np.cos(phi), np.sin(phi), 3.0], np.float32))) for phi in _ANGLES])
    if _close(given, _ANGLES):
        return None
    for mistake, words in wrong:
        if _same_direction(given, mistake(_ANGLES)) and _close(np.abs(given), np.abs(_folded(mistake(_ANGLES), given))):
            return words
    first = int(np.argmax(np.abs(given - _ANGLES) > 1e-4))
    return f"at {_ANGLES[first]:.4g} rad it gives {given[first]:.4g}"
