"""Ctrl-C, and the stop button of a notebook, at a moment when a training can be stopped."""

import contextlib
import signal
import threading


class Interrupted(KeyboardInterrupt):
    """The stop that was asked for, at a step."""


@contextlib.contextmanager
def stoppable(run):
    """Let the first interrupt set `run.stop_asked`, which ends a training at its next step; a second stops at once.

    Takes the place of Python's own handler only, and only in the main thread, which alone gets interrupts.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def ask(number, frame):
        if run.stop_asked:
            signal.default_int_handler(number, frame)
        run.stop_asked = True  # not raised here: between two lines of an update it would leave half of it

    signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        run.stop_asked = False


@contextlib.contextmanager
def held_back():
    """Let an interrupt wait for the end of the block: half of what is in it would be worse than none."""
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    waiting = []
    signal.signal(signal.SIGINT, lambda *call: waiting.append(call))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    for call in waiting[:2]:
        handler(*call)
