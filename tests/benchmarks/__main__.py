"""`make bench`: how fast this machine does each piece of the work, and the ratios that the design rests on."""

from ddpg_tf.agent import xla_works
from ddpg_tf.lab.runs import machine
from tests.benchmarks import ours


def main():
    """Print one table for each piece."""
    print(f"{machine()}, XLA {'on' if xla_works() else 'off'}\n")
    updates()
    acting()
    memory()
    saving()


def updates():
    """Updates per second, one and fifty in a call, and beside them what the matrix products alone allow."""
    print(f"{'learn':28s}{'1 per call':>12s}{'50 per call':>13s}{'products':>10s}{'share':>7s}   updates per second")
    for hidden, batch in (((64, 64), 256), ((128, 128), 256), ((400, 300), 64)):
        one, fifty = (ours.updates_per_second(hidden, batch, count) for count in (1, 50))
        products = ours.products_per_second(hidden, batch)
        name = "-".join(map(str, hidden)) + f", batch {batch}"
        print(f"{name:28s}{one:12.0f}{fifty:13.0f}{products:10.0f}{fifty / products:7.0%}")


def acting():
    """Microseconds per action of the NumPy policy, and of the Keras actor it was taken from."""
    print(f"\n{'one action':28s}{'NumPy':>12s}{'Keras call':>13s}{'ratio':>7s}   microseconds")
    for hidden in ((64, 64), (400, 300)):
        fast, slow = ours.action_microseconds(hidden)
        print(f"{'-'.join(map(str, hidden)):28s}{fast:12.1f}{slow:13.0f}{slow / fast:7.0f}")


def memory():
    """Microseconds per call of the memory at three capacities, all full, and its bytes beside those of the numbers."""
    units = "microseconds; bytes per byte of numbers"
    print(f"\n{'memory of':28s}{'add':>12s}{'sample 256':>13s}{'50 x 256':>10s}   {units}")
    for capacity in (10_000, 100_000, 1_000_000):
        add, one, many, size = ours.memory_microseconds(capacity)
        print(f"{capacity:<28,d}{add:12.1f}{one:13.1f}{many:10.0f}   {size:g}")


def saving():
    """What it costs to keep the state of a lander's training, with 200,000 transitions in the memory."""
    once, saving, training = ours.saving_seconds()
    print(f"\n{'saving the state':28s}{1000 * once:12.0f} milliseconds at most; {saving / training:.1%} of the time")


if __name__ == "__main__":
    main()
