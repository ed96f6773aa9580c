"""The command line: `python -m ddpg_tf train|runs|evaluate|play|export`. The commands import what needs TensorFlow."""

import contextlib
import json
import math
import re
import sys
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

import tyro
from gymnasium.envs import registration
from tqdm import tqdm
from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec

from ddpg_tf.checks import check_number
from ddpg_tf.config import LUNAR_LANDER, NAMED, Config
from ddpg_tf.envs import make_env
from ddpg_tf.evaluation import TEST_SEEDS, evaluate

WORDS = ConstructorRegistry()


class BadInput(Exception):
    """What was asked for cannot be done, and nothing has been trained."""


@WORDS.primitive_rule
def _arguments(info):
    """How --env-kwargs is given: enable_wind=true wind_power=10."""
    if info.type is not dict:
        return None
    words = lambda arguments: [f"{name}={json.dumps(value)}" for name, value in arguments.items()]  # noqa: E731
    return PrimitiveConstructorSpec("*", "[NAME=VALUE ...]", _from_words, lambda value: isinstance(value, dict), words)


def _from_words(words):
    """The arguments by name. A value is what JSON or Python reads in its text, or else the text. Raises ValueError."""
    arguments = {}
    for word in words:
        name, sign, text = word.partition("=")
        if not sign:
            raise ValueError(f"{word!r} is not of the form NAME=VALUE, as wind_power=10.")
        arguments[name] = text
        with contextlib.suppress(ValueError):
            arguments[name] = json.loads({"True": "true", "False": "false", "None": "null"}.get(text, text))
    return arguments


@dataclass(frozen=True)
class _Settings:
    config: Literal[tuple(NAMED)] | None = None  # named settings to start from; None: those for --env
    settings: tyro.conf.OmitArgPrefixes[Config] = LUNAR_LANDER

    def chosen(self):
        return replace(self.settings, env=_full_id(self.settings.env))


@dataclass(frozen=True)
class Train(_Settings):
    """train from nothing, keep the best policy, and evaluate it on unseen seeds

    examples:
      train                                     a lander, from nothing to landing, in a few minutes
      train --env Pendulum-v1 --seed 3          the pendulum, another seed
      train --config paper                      the settings of Lillicrap et al. 2016
      train --env-kwargs enable_wind=true wind_power=10   a lander in the wind
      train --env my_package:MyEnv-v0           an environment that my_package registers
      train --resume runs/Pendulum-v1-seed3     continue a training that was interrupted
    """

    seed: int = 0  # seed of everything
    out: Path | None = None  # folder to write; None: runs/ENV-seedSEED
    resume: Path | None = None  # folder of an interrupted training; its settings and its seed are used
    save_every: int = 10_000  # steps between two checkpoints
    tensorboard: Path | None = None  # folder for TensorBoard scalars
    json: bool = False  # end with one line that is a JSON object of the results

    def __call__(self):
        from ddpg_tf.lab import checkpoint, files, results
        from ddpg_tf.share.tensorboard import write_scalars
        from ddpg_tf.training import Run

        with _bad_input():
            config, seed = self.chosen(), self.seed
            out = self.resume or self.out or Path("runs") / f"{_folder_name(config)}-seed{seed}"
            if self.resume:
                settings = files.load(self.resume / checkpoint.CHECKPOINT, checkpoint.KIND)["training"]
                del settings["version"]
                seed, config = settings.pop("seed"), results.config_from(settings)
            run = Run(config, seed)
            for folder in filter(None, (out, self.tensorboard)):
                files.check_writable(folder)
            records = checkpoint.train_with_checkpoints(run, out, self.save_every)
        with contextlib.closing(run.env):
            show_progress(run, write_scalars(run, records, self.tensorboard) if self.tensorboard else records)
        evaluation = evaluate(run.best_policy, config.env, TEST_SEEDS, config.episode_limit, config.env_kwargs)
        results.write_results(out, run, evaluation)
        solved = f"solved after {run.solved_at.step:,} steps" if run.solved_at else "not solved"
        print(f"trained {run.step:,} steps in {run.seconds:.0f} s; {solved}")
        print(f"{_in_words(evaluation, run.solved_return)}\nwritten to {out}")
        if self.json:
            print(json.dumps(results.training_result(run, evaluation), allow_nan=False))


@dataclass(frozen=True)
class Runs(_Settings):
    """train and evaluate many seeds side by side, one file per seed, and sum them up

    Seeds that have their file in the folder are not run again: stop it when you like, and give the same command to
    go on.

    examples:
      runs --seeds 20                           twenty landers, as many at a time as there are cores
      runs --reward-scale 1 --out runs/scale-1  what if the rewards are not scaled down?
      runs --seeds 100 --backend dask           on the dask cluster of DASK_SCHEDULER_ADDRESS
    """

    seeds: int = 5  # how many, from seed 0
    out: Path | None = None  # folder of the recordings; None: runs/NAME, the named settings
    jobs: int = -1  # how many at a time; -1: one per core
    backend: Literal["loky", "dask", "ray"] = "loky"  # this machine, or a cluster
    build: str = "ddpg_tf.training:Run"  # module:function that makes a Run of (config, seed)
    json: bool = False  # end with one line that is a JSON object of the figures

    def __call__(self):
        from ddpg_tf.lab.runs import record_many
        from ddpg_tf.lab.statistics import summary, table_of_seeds, table_of_settings

        with _bad_input():
            config = self.chosen()
            make_env(config.env, **config.env_kwargs).close()  # a worker would find out too late
            out = self.out or Path("runs") / (self.config or _folder_name(config))
            found = record_many(config, range(self.seeds), out, self.jobs, self.backend, self.build)
        recordings = list(tqdm(found, total=self.seeds, unit=" seeds", disable=None))
        print(f"{table_of_seeds(recordings)}\n\n{table_of_settings({out.name: recordings})}\n\nrecorded in {out}")
        if self.json:
            print(json.dumps(summary(recordings), allow_nan=False))


@dataclass(frozen=True)
class _Trained:
    run: tyro.conf.Positional[Path]  # folder that train wrote
    env_kwargs: dict = field(default_factory=dict)  # arguments of the environment where they differ from the training's

    def load(self):
        """(policy, config, mean return that counts as solved), in an environment that can be made."""
        from ddpg_tf.lab.results import load_results

        policy, config = load_results(self.run)
        config = replace(config, env_kwargs={**config.env_kwargs, **self.env_kwargs})
        with contextlib.closing(make_env(config.env, **config.env_kwargs)) as env:
            threshold = env.spec.reward_threshold if config.solved_return is None else config.solved_return
        return policy, config, math.inf if threshold is None else threshold

    def beside(self, name):
        """A path in runs/NAME, where to write by default: the folder NAME itself may be no place for it."""
        return Path("runs") / self.run.resolve().name / name


@dataclass(frozen=True)
class Evaluate(_Trained):
    """greedy episodes of a trained policy on unseen seeds"""

    episodes: int = len(TEST_SEEDS)  # how many
    eval_seed: int = TEST_SEEDS[0]  # first of their seeds
    json: bool = False  # end with one line that is a JSON object of the figures

    def __call__(self):
        from ddpg_tf.lab.results import figures

        with _bad_input():
            policy, config, threshold = self.load()
        seeds = range(self.eval_seed, self.eval_seed + self.episodes)
        evaluation = evaluate(policy, config.env, seeds, config.episode_limit, config.env_kwargs)
        print(_in_words(evaluation, threshold))
        if self.json:
            print(json.dumps({"env": config.env, **figures(evaluation, threshold)}))


@dataclass(frozen=True)
class Play(_Trained):
    """one greedy episode of a trained policy as a video"""

    seed: int = TEST_SEEDS[0]  # seed of the episode
    out: Path | None = None  # .mp4 file or folder to write; None: runs/NAME/videos, where NAME is that of RUN

    def __call__(self):
        from ddpg_tf.share.films import drawable_env, record_video

        with _bad_input():
            policy, config, _ = self.load()
            drawable_env(config.env, env_kwargs=config.env_kwargs).close()
        path = self.out or self.beside("videos")
        path = path if path.suffix == ".mp4" else path / f"seed{self.seed}.mp4"
        total = record_video(policy, config.env, self.seed, path, config.episode_limit, config.env_kwargs)
        print(f"return {total:.1f}: {path}")


@dataclass(frozen=True)
class Export(_Trained):
    """a trained policy as a folder that others can use: Keras, ONNX, a video, and a model card with its exam"""

    out: Path | None = None  # folder to write, which must not exist; None: runs/NAME/ddpg-ENV, with the NAME of RUN

    def __call__(self):
        from ddpg_tf.lab.files import policy_state, save

        with _bad_input():
            policy, config, threshold = self.load()
            try:
                from ddpg_tf.share.export import export, new_folder
            except ModuleNotFoundError as error:
                raise BadInput(f"export needs {error.name}: pip install '.[export]'.") from error
        out = self.out or self.beside(f"ddpg-{_folder_name(config)}")
        with new_folder(out) as folder:
            exam = export(policy, config, folder)
            save(folder / "policy.npz", "policy", policy_state(policy))  # evaluate and play take the folder too
        print(f"{_in_words(exam, threshold)}\nwritten to {out}")


def main(arguments=None):
    """Run one command and return its exit code: 0, 2 with the reason in one line, or 130 after an interrupt.

    Other errors of a training, as a bug in an environment, are raised as they are.
    """
    name = "ddpg_tf"
    try:
        command = parse(sys.argv[1:] if arguments is None else arguments)
        name += f" {type(command).__name__.lower()}"
        with _bad_input():
            _check_numbers(command)
        command()
    except (BadInput, OSError, FloatingPointError) as error:
        print(f"{name}:", error, *getattr(error, "__notes__", []), file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        print(f"{name}: stopped.", *getattr(stop, "__notes__", ["Run the same again to go on."]), file=sys.stderr)
        return 130
    return 0


def parse(arguments):
    """The command that the arguments ask for. Leaves with exit code 2 if they cannot be parsed, with 0 for --help."""
    words = [part for word in arguments for part in word.split("=", 1)]
    early = dict(zip(words, words[1:]))  # --config and --env decide on the defaults of the others
    env_id = _full_id(early["--env"]) if "--env" in early else None
    named = next((config for config in NAMED.values() if config.env == env_id), LUNAR_LANDER)
    base = NAMED.get(early.get("--config"), named)
    if env_id not in (None, base.env):  # what belongs to the episodes and the returns of another one is left out
        base = replace(base, env=env_id, env_kwargs={}, episode_limit=None, solved_return=None)
    commands = Annotated[Train, tyro.conf.subcommand(default=Train(settings=base))]
    commands |= Annotated[Runs, tyro.conf.subcommand(default=Runs(settings=base))]
    command = tyro.cli(
        commands | Evaluate | Play | Export, prog="python -m ddpg_tf", args=arguments, registry=WORDS,
        description="DDPG: train, evaluate and watch a policy.", config=(tyro.conf.FlagCreatePairsOff,),
    )  # fmt: skip
    given = {word[2:].replace("-", "_") for word in words if word.startswith("--")}
    clash = sorted(given & {"config", "seed", "out", *asdict(base)})
    if getattr(command, "resume", None) and clash:
        option = clash[0].replace("_", "-")
        raise BadInput(f"--resume takes the settings, the seed and the folder of before; leave out --{option}.")
    return command


def show_progress(run, records):
    """Exhaust the records behind a progress bar on stderr."""
    with tqdm(total=run.config.steps, initial=run.step, unit=" steps", disable=None) as bar:
        for record in records:
            bar.update(record.step - bar.n)
            best = {"best": f"{run.best_mean:.0f}"} if run.selections else {}
            bar.set_postfix(last=f"{record.episode_return:.0f}", **best)


def _folder_name(config):
    return re.sub(r"[^\w.-]", "-", config.env)


def _check_numbers(command):
    for name, least in (("seed", 0), ("eval_seed", 0), ("seeds", 1), ("episodes", 1), ("save_every", 1)):
        value = getattr(command, name, least)
        check_number(f"--{name.replace('_', '-')}", value, f"at least {least}", lambda number: number >= least)


def _full_id(env_id):
    """The id with its version; Pendulum is the newest one, as it is for gymnasium.make."""
    namespace, _, name = env_id.rpartition("/")
    newest = registration.find_highest_version(namespace or None, name)  # None for Pendulum-v1 and for module:id
    return env_id if newest is None else f"{env_id}-v{newest}"


@contextlib.contextmanager
def _bad_input():
    """Errors in here are about the input: nothing has been trained yet."""
    try:
        yield
    except (ValueError, TypeError, LookupError, ImportError, AttributeError) as error:
        raise BadInput(error) from error


def _in_words(evaluation, threshold):
    solved = f"{evaluation.share(threshold):.0%} of them at least {threshold:g}, " if threshold < math.inf else ""
    figures = f"mean {evaluation.mean:.1f} ± {evaluation.std:.1f}, {solved}10th percentile {evaluation.p10:.1f}"
    return f"{len(evaluation.returns)} greedy episodes on unseen seeds: {figures}"
