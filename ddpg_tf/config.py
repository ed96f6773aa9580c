"""Settings: one dataclass, four named settings, and the ledger of how they differ from the paper."""

import dataclasses
import json
import math
from dataclasses import dataclass, field, fields, replace

NOISES = ("ornstein-uhlenbeck", "gaussian")


def _setting(default, help, choices=None):
    return field(default=default, metadata={"help": help, "choices": choices})


@dataclass(frozen=True)
class Config:
    """All settings of one training; the defaults are LUNAR_LANDER. Raises ValueError or TypeError for bad ones."""

    env: str = _setting("LunarLanderContinuous-v3", "id of the gymnasium environment")
    steps: int = _setting(200_000, "environment steps of training at most")
    episode_limit: int = _setting(0, "steps after which a training episode is cut; 0: the environment's own limit")
    hidden: tuple[int, ...] = _setting((64, 64), "units of the hidden layers of all networks")
    batch_size: int = _setting(256, "transitions per update")
    memory_capacity: int = _setting(200_000, "transitions the replay memory holds")
    priority_alpha: float = _setting(0.0, "exponent of the priorities of a prioritized replay memory; 0: uniform draws")
    warmup_steps: int = _setting(10_000, "uniformly random steps before the first update")
    block: int = _setting(50, "steps between calls of learn, each of which makes as many updates")
    reward_scale: float = _setting(0.1, "factor on the rewards that are stored")
    gamma: float = _setting(0.99, "discount")
    tau: float = _setting(0.005, "rate of the soft update")
    actor_rate: float = _setting(3e-4, "Adam's learning rate for the actor")
    critic_rate: float = _setting(1e-3, "Adam's learning rate for the critic")
    final_rate_share: float = _setting(0.05, "share of both rates that is left at the end; they fall in a line")
    critic_l2: float = _setting(0.0, "weight of the L2 term on the critic's kernels")
    noise: str = _setting(NOISES[0], "exploration noise", NOISES)
    noise_theta: float = _setting(0.15, "pull of the Ornstein-Uhlenbeck process")
    noise_sigma: float = _setting(0.2, "width of the noise, in units of half the action range")
    noise_final_scale: float = _setting(1.0, "factor on the noise at the end of its decay")
    noise_decay_share: float = _setting(0.5, "share of the training over which the noise decays")
    evaluation_every: int = _setting(5_000, "steps between evaluations of the greedy policy")
    evaluation_episodes: int = _setting(
        30, "episodes of one evaluation, on seeds kept for it; 100 where these reach solved_return"
    )
    solved_return: float = _setting(200.0, "mean of 100 greedy episodes that counts as solved")
    stop_return: float = _setting(230.0, "mean of 100 evaluation episodes that ends the training; inf: never")

    def __post_init__(self):
        if isinstance(self.hidden, list):  # as JSON and the command line give it
            object.__setattr__(self, "hidden", tuple(self.hidden))
        for setting in fields(self):
            _check_type(setting, getattr(self, setting.name))
        for name, expectation, holds in _RULES:
            if not holds(getattr(self, name)):
                raise ValueError(f"Config.{name} is {getattr(self, name)}, expected {expectation}.")
        if self.batch_size > min(self.memory_capacity, self.warmup_steps):
            raise ValueError(
                f"Config.batch_size is {self.batch_size}, expected at most memory_capacity ({self.memory_capacity}) "
                f"and warmup_steps ({self.warmup_steps}): the first batch is drawn after the warm-up."
            )

    def to_json(self):
        """The settings as a JSON text that `from_json` reads; infinity, which JSON has not, as the text "inf"."""
        settings = dataclasses.asdict(self)
        return json.dumps({name: "inf" if value == math.inf else value for name, value in settings.items()})

    @classmethod
    def from_json(cls, text):
        """Read what `to_json` wrote. Raises ValueError for a text that is no such thing, naming the unknown setting."""
        try:
            settings = {**json.loads(text)}
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"Config.from_json: the text is no JSON object of settings: {str(text)[:60]!r}") from error
        unknown = settings.keys() - {setting.name for setting in fields(cls)}
        if unknown:
            raise ValueError(f"Config.from_json: unknown settings {sorted(unknown)}.")
        return cls(**{name: math.inf if value == "inf" else value for name, value in settings.items()})


def _check_type(setting, value):
    """Raise TypeError unless the value has the setting's type; a whole number may stand for a float."""
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    fits = {
        str: isinstance(value, str),
        int: whole,
        float: whole or isinstance(value, float),
        tuple[int, ...]: isinstance(value, tuple) and all(type(units) is int for units in value),
    }[setting.type]
    if not fits:
        expected = getattr(setting.type, "__name__", "numbers")
        raise TypeError(f"Config.{setting.name} is {value!r}, expected {expected}: {setting.metadata['help']}.")


_POSITIVE = ("a finite number above 0", lambda x: 0 < x < math.inf)
_NOT_NEGATIVE = ("a finite number of at least 0", lambda x: 0 <= x < math.inf)
_SHARE = ("a number from 0 to 1", lambda x: 0 <= x <= 1)
_COUNT = ("at least 1", lambda x: x >= 1)
_RULES = [
    *((name, *_COUNT) for name in ("steps", "batch_size", "memory_capacity", "warmup_steps", "block")),
    *((name, *_COUNT) for name in ("evaluation_every", "evaluation_episodes")),
    *((name, *_POSITIVE) for name in ("reward_scale", "actor_rate", "critic_rate")),
    *((name, *_NOT_NEGATIVE) for name in ("episode_limit", "critic_l2", "noise_sigma", "noise_final_scale")),
    *((name, *_SHARE) for name in ("gamma", "priority_alpha", "final_rate_share", "noise_decay_share")),
    ("tau", "more than 0 and at most 1", lambda x: 0 < x <= 1),
    ("noise_theta", "more than 0 and less than 2", lambda x: 0 < x < 2),
    ("noise", " or ".join(NOISES), lambda x: x in NOISES),
    ("hidden", "at least one layer, each of one unit or more", lambda x: len(x) > 0 and min(x) > 0),
    ("solved_return", "a number", lambda x: not math.isnan(x)),
    ("stop_return", "a number", lambda x: not math.isnan(x)),
]

LUNAR_LANDER = Config()
LUNAR_LANDER_LONG = replace(LUNAR_LANDER, steps=400_000, evaluation_every=10_000, stop_return=math.inf)
PENDULUM = replace(
    LUNAR_LANDER, env="Pendulum-v1", steps=20_000, warmup_steps=1_000, evaluation_every=2_000,
    solved_return=-200.0, stop_return=math.inf,
)  # fmt: skip
PAPER = replace(
    PENDULUM, hidden=(400, 300), batch_size=64, memory_capacity=1_000_000, warmup_steps=64, block=1, reward_scale=1.0,
    tau=1e-3, actor_rate=1e-4, final_rate_share=1.0, critic_l2=1e-2,
)  # fmt: skip
NAMED = {  # the first of an environment is its default
    "lunar-lander": LUNAR_LANDER, "lunar-lander-long": LUNAR_LANDER_LONG, "pendulum": PENDULUM, "paper": PAPER,
}  # fmt: skip

LEDGER = {  # why the lander's setting is not the paper's; a test sees to it that no difference is left out
    "hidden": "a twenty-fifth of the weights; 400-300 is not needed for 8 numbers of state",
    "batch_size": "a habit: with scaled rewards, batches of 64 land as well (page 08)",
    "memory_capacity": "no training here is longer",
    "warmup_steps": "large random actions fire the side engines at once; 1,000 of them do as well (page 08)",
    "block": "50 updates in one compiled call after 50 steps cost a third of 50 calls",
    "reward_scale": "returns of ±300 make values that a fresh critic reaches late; a tenth of them is learnt in time",
    "tau": "five times faster targets for a training that is ten times shorter",
    "actor_rate": "three times faster, for the same shorter training",
    "final_rate_share": "rates that fall to 5 % keep a good policy from being unlearnt",
    "critic_l2": "every measured run learns to land without it",
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
