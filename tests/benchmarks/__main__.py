"""How fast this machine does each piece of the work, and the ratios that the design rests on, all in one run."""

import platform
import timeit
from statistics import median

import numpy as np

from ddpg_tf.agent import DDPG, xla_works
from ddpg_tf.replay import ReplayMemory

LANDER = {"state_size": 8, "action_size": 2}


def main():
    """Print one table for each piece."""
    print(f"{platform.machine()}, Python {platform.python_version()}, XLA {'on' if xla_works() else 'off'}\n")
    updates()
    acting()
    memory()


def microseconds(function, number):
    """Median of 7 repeats of the time of one call, after one call that is not counted."""
    function()
    return median(timeit.repeat(function, number=number, repeat=7)) / number * 1e6


def filled_memory(capacity, held):
    """A memory that holds random transitions."""
    rng = np.random.default_rng(0)
    replay = ReplayMemory(capacity, **LANDER, seed=0)
    for _ in range(held):
        replay.add(rng.random(8), rng.random(2), rng.random(), rng.random(8), False)
    return replay


def updates():
    """Updates per second, one and fifty in a call."""
    replay = filled_memory(10_000, 5_000)
    print(f"{'learn':28s}{'1 per call':>12s}{'50 per call':>13s}{'ratio':>7s}   updates per second")
    for hidden, batch in (((64, 64), 256), ((128, 128), 256), ((400, 300), 64)):
        rates = []
        for count, number in ((1, 40), (50, 4)):
            agent = DDPG(8, [-1, -1], [1, 1], hidden=hidden)
            batches = replay.sample_many(count, batch)
            rates.append(count * 1e6 / microseconds(lambda: agent.learn(batches), number))
        name = "-".join(map(str, hidden)) + f", batch {batch}"
        print(f"{name:28s}{rates[0]:12.0f}{rates[1]:13.0f}{rates[1] / rates[0]:7.1f}")


def acting():
    """Microseconds per action of the NumPy policy, and of the Keras actor it was taken from."""
    state = np.zeros(8, np.float32)
    print(f"\n{'one action':28s}{'NumPy':>12s}{'Keras call':>13s}{'ratio':>7s}   microseconds")
    for hidden in ((64, 64), (400, 300)):
        agent = DDPG(8, [-1, -1], [1, 1], hidden=hidden)
        policy = agent.policy()
        fast = microseconds(lambda: policy(state), 5_000)
        slow = microseconds(lambda: np.asarray(agent.actor(state[None])), 100)
        print(f"{'-'.join(map(str, hidden)):28s}{fast:12.1f}{slow:13.0f}{slow / fast:7.0f}")


def memory():
    """Microseconds per call of the memory at three capacities, all full, and its bytes beside those of the numbers."""
    transition = (np.zeros(8, np.float32), np.zeros(2, np.float32), 0.0, np.zeros(8, np.float32), False)
    print(f"\n{'memory of':28s}{'add':>12s}{'sample 256':>13s}{'50 x 256':>10s}   microseconds; bytes per byte of numbers")
    for capacity in (10_000, 100_000, 1_000_000):
        replay = filled_memory(capacity, capacity)
        add = microseconds(lambda: replay.add(*transition), 5_000)
        one = microseconds(lambda: replay.sample(256), 2_000)
        many = microseconds(lambda: replay.sample_many(50, 256), 50)
        size = replay.nbytes / (4 * 20 * capacity)
        print(f"{capacity:<28,d}{add:12.1f}{one:13.1f}{many:10.0f}   {size:g}")


if __name__ == "__main__":
    main()
