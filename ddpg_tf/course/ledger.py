"""How the settings of this series differ from the paper's, and why."""

from ddpg_tf.config import LUNAR_LANDER, PAPER

LEDGER = {  # why the lander's setting is not the paper's; a test sees to it that no difference is left out
    "hidden": "a twenty-fifth of the weights; 400-300 is not needed for 8 numbers of state",
    "batch_size": "64 lands, too (page 08), but none of five trainings beat the pilot by hand (docs/results.md)",
    "memory_capacity": "the last 200,000 of 400,000 steps; the first flights are the worst",
    "warmup_steps": "large random actions fire the side engines at once; with 1,000 it lands, too (page 08)",
    "steps_per_call": "learning in one compiled call after 50 steps costs about a quarter of 50 calls",
    "updates_per_call": "50 after 50 steps: one update for each step, as in the paper",
    "reward_scale": "returns of ±300 make values that a fresh critic reaches late; a tenth of them is learned in time",
    "tau": "five times faster targets for a training that is six times shorter",
    "actor_learning_rate": "three times faster, for the same shorter training",
    "final_learning_rate_share": "rates that fall to 5 % are meant to keep a good policy; page 08 sees no effect",
    "average_rate": "a slow average of the actor is judged and kept; it swings less (docs/results.md)",
    "critic_l2": "with it, none of five recorded trainings learned to land (page 08)",
}
NOT_IN_THE_PAPER = {"warmup_steps"}  # PAPER starts as soon as there is a batch
BEYOND_SETTINGS = [  # (what, the paper's, ours, why)
    ("terminal states", "no flag in Algorithm 1", "stored, and not bootstrapped", "a crash has no future"),
    ("time limits", "nothing in Algorithm 1", "bootstrapped", "the world goes on after the clock has stopped"),
    ("batch normalization", "states and all layers before the action", "none", "states are near ±1 already"),
    ("noise and actions", "in the units of the action", "in units of half the range", "one setting for all bounds"),
    ("what is kept", "the last policy", "the best on seeds of its own", "DDPG forgets; testing is on other seeds"),
]


def ledger(config=LUNAR_LANDER, settings=tuple(LEDGER), beyond=True):
    """How `config` differs from the paper, as a Markdown table: PAPER's value, ours, and why.

    settings: names of the settings to show, where they differ. beyond: also what is no setting.
    """
    rows = [
        (f"`{name}`", "not given" if name in NOT_IN_THE_PAPER else getattr(PAPER, name), getattr(config, name), why)
        for name, why in LEDGER.items()
        if name in settings and getattr(PAPER, name) != getattr(config, name)
    ]
    lines = ["| what | paper | here | why |", "|---|---|---|---|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows + BEYOND_SETTINGS * beyond])
