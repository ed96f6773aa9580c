"""The whole state of a run: as one file at the end of an episode, and in memory, to go back to."""

import math
from typing import NamedTuple

import numpy as np

from ddpg_tf import __version__
from ddpg_tf.checks import check_number
from ddpg_tf.config import Config
from ddpg_tf.lab.files import check_arrays, damage_named, load_arrays, save_arrays
from ddpg_tf.lab.generators import generator_at, generator_state
from ddpg_tf.noise import noise_state, restore_noise
from ddpg_tf.policy import Policy
from ddpg_tf.replay import Mark
from ddpg_tf.training import Record, Selection

KIND = "training state"


class State(NamedTuple):
    """What a file holds: whose state it is, after how many steps, and the rest of it as numbers and arrays."""

    config: Config
    seed: int
    step: int
    header: dict
    arrays: dict


def save_state(run, path):
    """Write all that a run is, at the end of an episode, to one .npz file without pickles; whole or not at all.

    The world itself is not in it, only its generator: an episode begins with a reset. What an environment carries from
    one episode into the next besides its generator is lost (BipedalWalker keeps its physics engine, for one).
    Raises OSError with the path in it, ValueError for a run within an episode and FloatingPointError for one that has
    diverged; the file of before is there still.
    """
    check_between_episodes(run)
    agent = _finite_agent(run)
    memory, transitions = run.memory.state()
    header = {
        "version": __version__, "config": run.config.to_json(), "seed": run.seed, "step": run.step,
        "seconds": run.seconds, "memory": memory, "noise": noise_state(run.noise),
        "actions": generator_state(run.env.action_space.np_random), "world": _world(run),
        "best": _place(run, lambda selection: selection.mean == run.best_mean),
        "solved": _place(run, lambda selection: selection is run.solved_at),
    }  # fmt: skip
    groups = {
        "agent": agent,
        "memory": transitions,
        "best": {str(i): weight for i, weight in enumerate(run.best_policy.weights)},
        "record": {"episodes": _table(Record, run.records), "selections": _table(Selection, run.selections)},
    }
    arrays = {f"{group}/{name}": array for group, named in groups.items() for name, array in named.items()}
    save_arrays(path, KIND, header, arrays)


def read_state(path):
    """The State in a file that `save_state` wrote.

    Raises FileNotFoundError, or ValueError for a file that is damaged or that another version has written.
    """
    header, arrays = load_arrays(path, KIND)
    if header.get("version") != __version__:
        raise ValueError(
            f"{path} was written by ddpg_tf {header.get('version')}, and this is {__version__}: only the version that "
            "began a training goes on with it; install that one, or train anew in another folder."
        )
    with damage_named(path, KIND):
        config, seed, step = Config.from_json(header["config"]), _count(header["seed"]), _count(header["step"])
    return State(config, seed, step, header, arrays)


def restore_state(run, state):
    """Make `run`, of the same config and seed, what it was when its state was saved.

    Raises ValueError, KeyError or TypeError for contents that cannot be; the run is half changed then.
    """
    header, arrays = state.header, state.arrays
    records = _rows(Record, arrays["record/episodes"])
    selections = _rows(Selection, arrays["record/selections"])
    best, solved = (_chosen(selections, header[name]) for name in ("best", "solved"))
    best_policy = _best_policy(_group(arrays, "best"), run.policy)
    run.agent.restore(_group(arrays, "agent"))
    run.memory.restore(header["memory"], _group(arrays, "memory"))
    restore_noise(run.noise, header["noise"])
    run.env.action_space.np_random.bit_generator.state = generator_state(generator_at(header["actions"]))
    _check_step(state.step, records, run.memory)
    if records:
        run.env.unwrapped.np_random = generator_at(header["world"])
    check_number("seconds", header["seconds"], "at least 0", lambda x: x >= 0)
    run.step, run.seconds = state.step, float(header["seconds"])
    run.records[:], run.selections[:] = records, selections
    run.policy, run.solved_at = run.agent.policy(), solved
    run.best_policy, run.best_mean = best_policy, best.mean if best else -math.inf


def check_between_episodes(run):
    """Raise ValueError for a run that was stopped within an episode: the world of that moment is gone."""
    ended = run.records[-1].step if run.records else 0
    if run.step != ended:
        raise ValueError(
            f"the run was stopped at step {run.step}, within an episode that began after step {ended}; "
            "make a new Run of the same config and seed."
        )


def _finite_agent(run):
    """The state of the agent; FloatingPointError where it has diverged, which the losses tell an update later."""
    arrays = run.agent.state()
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise FloatingPointError(
                f"in episode {len(run.records) - 1}, after {run.step:,} steps: {name} of the agent has a NaN or an "
                "infinity in it; the values have diverged. Scale the rewards down, or lower the critic's learning rate."
            )
    return arrays


class Snapshot:
    """A run as it was at the end of an episode, in memory. It costs a second copy of the replay memory."""

    def __init__(self, run):
        self._run, self._mark = run, Mark(run.memory)
        self._values = {"step": run.step, "policy": None}
        self.take()

    def take(self):
        """Hold the run as it is now, at the price of what has changed since the last time.

        Raises FloatingPointError for an agent that has diverged, ValueError for a world with a generator that cannot
        be held; what was held before is held still.
        """
        run = self._run
        noise, world = noise_state(run.noise), _world(run)
        if run.policy is not self._values["policy"]:  # the agent has not changed without it
            self._agent = _finite_agent(run)
        self._mark.move(run.step - self._values["step"])
        names = ("step", "seconds", "policy", "best_policy", "best_mean", "solved_at")
        self._values = {name: getattr(run, name) for name in names}
        self._lengths = len(run.records), len(run.selections)
        self._noise, self._world = noise, world
        self._actions = generator_state(run.env.action_space.np_random)

    def restore(self):
        """Make the run again what it was: what has happened since is undone."""
        run = self._run
        self._mark.rewind()
        run.agent.restore(self._agent)
        records, selections = self._lengths
        del run.records[records:], run.selections[selections:]
        restore_noise(run.noise, self._noise)
        run.env.action_space.np_random.bit_generator.state = self._actions
        if self._world:
            run.env.unwrapped.np_random = generator_at(self._world)
        vars(run).update(self._values)  # the step last: it tells a whole run from half a one


def _world(run):
    """The state of the environment's generator; None before the first reset, which seeds it."""
    return generator_state(run.env.unwrapped.np_random) if run.records else None


def _place(run, chosen):
    """The number of the first selection that is the chosen one, or None."""
    return next((i for i, selection in enumerate(run.selections) if chosen(selection)), None)


def _chosen(selections, place):
    """The selection at a place, or None."""
    return None if place is None else selections[_count(place)]


def _best_policy(weights, like):
    """The policy with these weights; ValueError unless their sizes are those of `like`."""
    policy = Policy([weights[str(i)] for i in range(len(weights))], like.low, like.high)
    check_arrays(weights, {str(i): (np.float32, weight.shape) for i, weight in enumerate(like.weights)})
    return policy


def _group(arrays, group):
    """The arrays of one group, by the rest of their names."""
    return {name.removeprefix(f"{group}/"): a for name, a in arrays.items() if name.startswith(f"{group}/")}


def _table(kind, rows):
    """Named tuples of numbers as float64, shape (rows, fields): whole numbers below 2^53 stay what they are."""
    return np.array(rows, np.float64).reshape(-1, len(kind._fields))


def _rows(kind, table):
    """The named tuples of a `_table`, their whole numbers as int."""
    if table.dtype != np.float64 or table.shape[1:] != (len(kind._fields),):
        raise ValueError(f"the table of {kind.__name__} is {table.dtype} of shape {table.shape}.")
    types = kind.__annotations__.values()
    return [kind(*(cast(number) for cast, number in zip(types, row))) for row in table.tolist()]


def _check_step(step, records, memory):
    """Raise ValueError unless the last record ends at the step, and the memory holds as many transitions."""
    recorded, expected = records[-1].step if records else 0, min(step, memory.capacity)
    if (recorded, len(memory)) != (step, expected):
        raise ValueError(
            f"the step is {step}, but the last record ends at {recorded}, and the memory holds {len(memory)} "
            f"transitions, expected {expected}."
        )


def _count(number):
    """A whole number of at least 0 from a header."""
    if type(number) is not int or number < 0:
        raise ValueError(f"{str(number)[:60]!r} stands where a whole number of at least 0 is expected.")
    return number
