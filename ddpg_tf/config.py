"""Settings of a training: one dataclass, and the named settings."""

from dataclasses import dataclass, field, replace

from ddpg_tf.checks import check, check_count, check_number

NOISES = ("ornstein-uhlenbeck", "gaussian")


@dataclass(frozen=True)
class Config:
    """All settings of one training; the defaults are LUNAR_LANDER. Raises ValueError or TypeError for bad ones."""

    env: str = "LunarLanderContinuous-v3"  # id of the gymnasium environment, or module:id
    env_kwargs: dict = field(default_factory=dict, hash=False)  # arguments of the environment, as wind_power
    steps: int = 400_000  # environment steps of training
    episode_limit: int | None = None  # steps after which an episode is truncated; None: the environment's own limit
    hidden: tuple[int, ...] = (64, 64)  # units of the hidden layers of all networks
    batch_size: int = 256  # transitions per update
    memory_capacity: int = 200_000  # transitions the replay memory holds
    warmup_steps: int = 10_000  # uniformly random steps before the first update
    steps_per_call: int = 50  # environment steps between two calls of learn
    updates_per_call: int = 50  # updates in each of these calls
    reward_scale: float = 0.1  # factor on the rewards that are stored
    gamma: float = 0.99  # discount
    tau: float = 0.005  # rate of the soft updates
    actor_learning_rate: float = 3e-4  # of Adam, at the start
    critic_learning_rate: float = 1e-3  # of Adam, at the start
    final_learning_rate_share: float = 0.05  # share of both learning rates left at the end; they fall linearly
    critic_l2: float = 0.0  # factor of the L2 term on the critic's kernels
    noise: str = NOISES[0]  # exploration noise: ornstein-uhlenbeck or gaussian
    noise_theta: float = 0.15  # pull of the Ornstein-Uhlenbeck process
    noise_sigma: float = 0.2  # standard deviation of one kick, in units of half the action range
    noise_final_scale: float = 1.0  # factor on the noise at the end of its decay
    noise_decay_share: float = 0.5  # share of the training over which the noise decays
    evaluation_every: int = 10_000  # steps between evaluations of the average, without noise
    evaluation_episodes: int = 30  # episodes of one evaluation, on the first of the 100 selection seeds
    average_rate: float = 0.005  # soft update, after each call of learn, of what is evaluated and kept; 1: the actor
    finalists: int = 5  # policies that play all 100 selection seeds at the end; the best of them is kept
    solved_return: float | None = None  # mean return that counts as solved; None: the environment's reward_threshold

    def __post_init__(self):
        check("Config.env", self.env, "the id of an environment", lambda env: type(env) is str and env != "")
        check("Config.env_kwargs", self.env_kwargs, "a dict of arguments by name", lambda x: type(x) is dict)
        check("Config.noise", self.noise, " or ".join(NOISES), lambda noise: noise in NOISES)
        check("Config.hidden", self.hidden, "a tuple of the units of each layer", lambda x: type(x) is tuple and x)
        for units in self.hidden:
            check_count("Config.hidden", units, at_most=10_000)
        for names, expectation, holds in _RULES:
            for name in names.split():
                value = getattr(self, name)
                if value is not None or name not in ("episode_limit", "solved_return"):
                    check_number(f"Config.{name}", value, expectation, holds)
        limit = f"at most memory_capacity, {self.memory_capacity}, and warmup_steps, {self.warmup_steps}"
        check("Config.batch_size", self.batch_size, limit, lambda x: x <= min(self.memory_capacity, self.warmup_steps))
        check("Config.warmup_steps", self.warmup_steps, f"less than steps, {self.steps}", lambda x: x < self.steps)


_COUNTS = "steps episode_limit batch_size memory_capacity warmup_steps steps_per_call updates_per_call evaluation_every"
_RULES = [  # counts are ints, since the slices and shapes of a training take no 30.0
    (f"{_COUNTS} finalists", "an int from 1 to 1,000,000,000", lambda x: type(x) is int and 1 <= x <= 10**9),
    ("evaluation_episodes", "an int from 1 to 100, the selection seeds", lambda x: type(x) is int and 1 <= x <= 100),
    ("reward_scale actor_learning_rate critic_learning_rate", "more than 0", lambda x: x > 0),
    ("critic_l2 noise_sigma noise_final_scale", "at least 0", lambda x: x >= 0),
    ("gamma final_learning_rate_share noise_decay_share", "a number from 0 to 1", lambda x: 0 <= x <= 1),
    ("tau average_rate", "more than 0 and at most 1", lambda x: 0 < x <= 1),
    ("noise_theta", "more than 0 and less than 2", lambda x: 0 < x < 2),
    ("solved_return", "a number or None", lambda x: True),
]

LUNAR_LANDER = Config()
PENDULUM = Config(
    env="Pendulum-v1", steps=20_000, warmup_steps=1_000, evaluation_every=2_000, solved_return=-200.0, average_rate=1.0,
)  # fmt: skip
PAPER = replace(
    PENDULUM, hidden=(400, 300), batch_size=64, memory_capacity=1_000_000, warmup_steps=64, steps_per_call=1, tau=1e-3,
    updates_per_call=1, reward_scale=1.0, actor_learning_rate=1e-4, final_learning_rate_share=1.0, critic_l2=1e-2,
)  # fmt: skip
NAMED = {"lunar-lander": LUNAR_LANDER, "pendulum": PENDULUM, "paper": PAPER}
