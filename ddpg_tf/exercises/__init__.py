"""Checkers of the notebooks' exercises: what a wrong answer looks like, and the hint that names the mistake."""

import functools


def checker(find_hint):
    """Turn a function from an answer to a hint (None: the answer is right) into a checker that prints a verdict.

    The checker prints one line: "… not done yet", "✗" with the hint, or "✓". An answer that raises
    NotImplementedError is not done yet; any other exception is a wrong answer, and its text is the hint.
    """

    @functools.wraps(find_hint)
    def check(answer):
        name = getattr(answer, "__name__", "the answer")
        try:
            hint = find_hint(answer)
        except NotImplementedError:
            print(f"… not done yet: {name} still raises NotImplementedError")
            return
        except Exception as error:  # the reader's code may fail in any way; the page must go on
            hint = f"{type(error).__name__}: {error}"
        print(f"✗ {name}: {hint}" if hint else f"✓ {name} is right")

    return check
