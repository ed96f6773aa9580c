"""Exercises of page 15: how many seeds an experiment needs, and which shown arms stand among all that were tried."""

from math import comb

import numpy as np

from ddpg_tf.course.exercises import Exercise
from ddpg_tf.lab.statistics import holm


def _fewest(chance, comparisons):
    return next(n for n in range(1, 60) if chance(n) * comparisons < 0.05)


def _seeds_needed(comparisons):
    return _fewest(lambda n: 2 / comb(2 * n, n), comparisons)


check_seeds_needed = Exercise(_seeds_needed, [(1,), (2,), (6,), (13,), (40,), (87,), (400,)], [
    (lambda m: _fewest(lambda n: 1 / comb(2 * n, n), m), "the test is two-sided: all below would be as striking"),
    (lambda m: _seeds_needed(1), "that is for one comparison; Holm multiplies the smallest p by their number"),
    (lambda m: _fewest(lambda n: 2 / 2**n, m), "that is the sign test of pairs; here 2n ranks are dealt out"),
    (lambda m: 2 * _seeds_needed(m), "that counts both arms; give the seeds of one"),
    (lambda m: _seeds_needed(m) - 1, "one too few: p must end below 0.05"),
])  # fmt: skip


def _still_standing(p, tried):
    return int(np.sum(holm(np.append(p, np.ones(tried - len(p))))[: len(p)] < 0.05))


check_still_standing = Exercise(_still_standing, [
    (np.array(p), m) for m, p in ((10, [0.0004, 0.004, 0.02, 0.3]), (60, [0.03, 0.001, 0.0006]), (6, [0.006, 0.009]),
                                  (4, [0.012, 0.004, 0.02, 0.03]), (4, [0.013, 0.014, 0.015, 0.016]))
], [
    (lambda p, tried: int(np.sum(np.array(p) < 0.05)), "that is without a correction"),
    (lambda p, tried: _still_standing(p, len(p)), "arms that are not shown count too; they can have any p up to 1"),
    (lambda p, tried: int(np.sum(np.array(p) * tried < 0.05)), "that is Bonferroni; Holm's factors fall by 1 each"),
    (lambda p, tried: int(np.sum(np.sort(p) * (tried - np.arange(len(p))) < 0.05)), "after one that falls, all fall"),
    (lambda p, tried: tried - _still_standing(p, tried), "that counts the arms that fall"),
])  # fmt: skip
