"""Exercises of page 14: five agents with a bug each, and a probe that finds the short-sighted."""

import numpy as np

from ddpg_tf.course.exercises import checker, judge

CASES = {
    "A": "one seed at each reset", "B": "actor's sign", "C": "noise reset each step",
    "D": "noise with a mean", "E": "gradient through the target",
}  # fmt: skip
_SPEAKS = {
    "A": "in training it does well, on other episodes it does not: what differs between the two but the noise?",
    "B": "it does worse than before it learned: which line makes the worst action look best?",
    "C": "as good as the right agent when greedy, and better than it in training: its exploration disturbs it less",
    "D": "good when greedy, bad in training: something bends every action while it explores",
    "E": "the smallest loss of those that learn, and half of the right Q: what makes it easy to meet the targets?",
}


@checker
def check_diagnosis(diagnosis):
    """`diagnosis()`: a dict from each letter of CASES to the name of its bug."""
    given = dict(diagnosis())
    if given.keys() != CASES.keys():
        return f"the letters are {', '.join(CASES)}; you gave {', '.join(map(str, given))}"
    wrong = (letter for letter in CASES if given[letter] != CASES[letter])
    return next((f"{letter} is not «{given[letter]}»: {_SPEAKS[letter]}" for letter in wrong), None)


class _Table:
    """An agent that needs no network: Q in five bins of the action for each state that it has met."""

    def __init__(self, low, high, gamma, flag, best):
        self.low, self.width, self.gamma, self.flag, self.best = low, (high - low) / 5, gamma, flag, best
        self.q, self.calls = {}, 0

    def _row(self, state):
        return self.q.setdefault(np.asarray(state, np.float32).tobytes(), np.zeros(5))

    def learn(self, batch):
        self.calls += 1
        if self.calls > 300:
            raise RuntimeError("learn was called more than 300 times")
        bins = np.clip((batch.actions[:, 0] - self.low[0]) // self.width[0], 0, 4).astype(int)
        for s, i, r, s2, d in zip(batch.states, bins, batch.rewards, batch.next_states, batch.terminated):
            row, later = self._row(s), self._row(s2)[self.best(self._row(s2))]
            row[i] += 0.3 * (r + self.gamma * self.flag(d) * later - row[i])

    def act(self, states):
        return self.low + self.width * (0.5 + np.array([[self.best(self._row(s))] for s in states]))


def _agents(gamma, flag=lambda d: 1 - d, best=np.argmax):
    """A function that builds such agents, as the bench asks for it."""
    return lambda size, low, high, seed: _Table(np.asarray(low), np.asarray(high), gamma, flag, best)


_SHORT = "it calls a sound agent short-sighted, one with discount "
_FAR = "it calls a broken agent far-sighted, one with "

check_looks_far = judge(lambda: [
    ((_agents(0.99),), True, _SHORT + "0.99: 0.98 is more than 0.7"),
    ((_agents(0.9),), True, _SHORT + "0.9: 0.81 is more than 0.7"),
    ((_agents(0.0),), False, _FAR + "discount 0, which looks no step ahead"),
    ((_agents(0.8),), False, _FAR + "discount 0.8, which makes 0.64 of 1; does yours pay 1 after one step?"),
    ((_agents(0.99, flag=lambda d: d),), False, _FAR + "the flag inverted, so no future where the world goes on"),
    ((_agents(0.99, best=np.argmin),), False, _FAR + "the actor's sign wrong, which prefers what is worst"),
])  # fmt: skip
