"""Train, evaluate and watch a policy from the shell: `python -m ddpg_tf train|runs|evaluate|play --help`."""

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path

import joblib

from ddpg_tf.lab.commands import begin_training, evaluate_run, many_runs, play_run, resume_training
from ddpg_tf.config import LUNAR_LANDER, NAMED, Config
from ddpg_tf.evaluation import TEST_SEEDS
from ddpg_tf.lab.results import SAVE_EVERY

TRAIN_EXAMPLES = """examples:
  python -m ddpg_tf train                                     a lander, from nothing to landing, in about a minute
  python -m ddpg_tf train --env Pendulum-v1 --seed 3          the pendulum, another seed
  python -m ddpg_tf train --config paper --env Pendulum-v1    the settings of Lillicrap et al. 2016
  python -m ddpg_tf train --reward-scale 1 --stop-return inf  what if the rewards are not scaled down?
  python -m ddpg_tf train --resume runs/Pendulum-v1-seed3     go on where a training was stopped, or broke off
"""

RUNS_EXAMPLES = """examples:
  python -m ddpg_tf runs --seeds 20                           twenty landers, two at a time on two cores
  python -m ddpg_tf runs --seeds 5 --reward-scale 1           what if the rewards are not scaled down, on five seeds
  python -m ddpg_tf runs --seeds 100 --backend dask           on the dask cluster of DASK_SCHEDULER_ADDRESS
A seed that has its file in the folder is not run again: stop it when you like, and give the same command to go on.
"""

_SETTINGS = [setting.name for setting in fields(Config)]


def main(arguments=None):
    """Run one command and return its exit code: 0 done, 2 for input that cannot be used, 130 for an interrupt.

    Where it is not 0, the reason is printed in one line.
    """
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        options.command(options)
    except (ValueError, TypeError, FloatingPointError, OSError) as error:
        print(f"ddpg_tf {options.name}:", error, *getattr(error, "__notes__", ()), file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        words = stop.args[0] if stop.args else "stopped"
        if words:
            print(f"ddpg_tf {options.name}: {words}", file=sys.stderr)
        return 130
    return 0


def build_parser():
    """The command line: four commands, and for `train` and `runs` one option per setting of Config."""
    parser = argparse.ArgumentParser("python -m ddpg_tf", description="DDPG: train, evaluate and watch a policy.")
    commands = parser.add_subparsers(dest="name", required=True, metavar="train|runs|evaluate|play")
    _add_train(commands)
    _add_runs(commands)
    judged = _add_command(commands, "evaluate", evaluate_run, "greedy episodes of a trained policy on unseen seeds")
    judged.add_argument("--episodes", type=int, default=len(TEST_SEEDS), help="how many (default: %(default)s)")
    _add_evaluation_options(judged)
    watched = _add_command(commands, "play", play_run, "one greedy episode of a trained policy as a video")
    watched.add_argument("--seed", type=_seed, default=TEST_SEEDS[0], help="seed of the episode (default: %(default)s)")
    for command in (judged, watched):
        command.add_argument("run", type=Path, help="folder that train wrote, with policy.npz and config.json in it")
        command.add_argument("--env", help="id of the environment (default: the one it was trained in)")
    return parser


def _add_command(commands, name, function, help, **more):
    raw = argparse.RawDescriptionHelpFormatter
    command = commands.add_parser(name, help=help, description=help + ".", formatter_class=raw, **more)
    command.set_defaults(command=function)
    return command


def _add_train(commands):
    help = "train from nothing, keep the best policy, evaluate it on unseen seeds"
    usage = "python -m ddpg_tf train [--config NAME] [--env ID] [--seed N] [--out DIR] [--SETTING VALUE ...]\n"
    usage += "       python -m ddpg_tf train --resume DIR"
    command = _add_command(commands, "train", _train, help, epilog=TRAIN_EXAMPLES, usage=usage)
    command.add_argument("--seed", type=_seed, help="seed of everything (default: 0)")
    command.add_argument("--out", type=Path, help="folder to write (default: runs/ENV-seedSEED)")
    command.add_argument("--resume", type=Path, metavar="DIR", help="go on with the training in this folder")
    command.add_argument(
        "--save-every",
        type=_count,
        default=SAVE_EVERY,
        metavar="STEPS",
        help="how often to save (default: %(default)s)",
    )
    command.add_argument("--tensorboard", type=Path, metavar="DIR", help="write TensorBoard scalars there")
    _add_evaluation_options(command)
    _add_settings(command)


def _add_runs(commands):
    help = "train and judge many seeds side by side, one file per seed, and sum them up"
    usage = "python -m ddpg_tf runs [--config NAME] [--env ID] [--seeds N] [--out DIR] [--SETTING VALUE ...]"
    command = _add_command(commands, "runs", _runs, help, epilog=RUNS_EXAMPLES, usage=usage)
    command.add_argument("--seeds", type=_count, default=5, help="how many, from seed 0 (default: %(default)s)")
    command.add_argument("--out", type=Path, help="folder of the recordings (default: runs/ and the settings given)")
    command.add_argument("--jobs", type=_count, default=joblib.cpu_count(), help="at a time (default: one per core)")
    command.add_argument("--backend", default="loky", help="joblib's: loky, dask, ray, ... (default: %(default)s)")
    command.add_argument("--json", action="store_true", help="end with one line that is a JSON object of the figures")
    _add_settings(command)


def _add_settings(command):
    command.add_argument("--config", choices=NAMED, help="named settings to start from (default: those for --env)")
    settings = command.add_argument_group("settings", "the default in brackets is that of lunar-lander")
    for setting in fields(Config):
        many = setting.type == tuple[int, ...]
        settings.add_argument(
            "--" + setting.name.replace("_", "-"),
            type=int if many else setting.type, nargs="+" if many else None, choices=setting.metadata["choices"],
            metavar=None if setting.metadata["choices"] else setting.name.split("_")[-1].upper(),
            help=f"{setting.metadata['help']} [{getattr(LUNAR_LANDER, setting.name)}]",
        )  # fmt: skip


def _add_evaluation_options(command):
    command.add_argument(
        "--eval-seed", type=_seed, default=TEST_SEEDS[0], help="first seed of the evaluation (default: %(default)s)"
    )
    command.add_argument("--json", action="store_true", help="end with one line that is a JSON object of the results")


def chosen_config(options):
    """The Config that the options ask for: the named one, with every setting that was given in its place."""
    matching = (config for config in NAMED.values() if config.env == options.env)
    named = NAMED[options.config] if options.config else next(matching, LUNAR_LANDER)
    given = {name: getattr(options, name) for name in _SETTINGS}
    return replace(named, **{name: value for name, value in given.items() if value is not None})


def _train(options):
    """The command `train`: from nothing, or with the settings that are in the folder."""
    if options.resume is None:
        begin_training(chosen_config(options), options)
        return
    given = [name for name in ("config", "seed", "out", *_SETTINGS) if getattr(options, name) is not None]
    if given:
        option = given[0].replace("_", "-")
        raise ValueError(
            f"--resume goes on with the settings, the seed and the folder of before; leave --{option} out."
        )
    resume_training(options)


def _runs(options):
    """The command `runs`."""
    config = chosen_config(options)
    many_runs(config, options.out or Path("runs") / _name(config, options), options)


def _name(config, options):
    """A name for the settings: the named ones, and each that was given in its place."""
    named = next((name for name, base in NAMED.items() if base.env == config.env), "")
    given = [name for name in _SETTINGS if getattr(options, name) is not None]
    changes = [f"{name.replace('_', '-')}-{_plain(getattr(config, name))}" for name in given if name != "env"]
    return "_".join([options.config or named, *changes])


def _plain(value):
    """A setting's value without brackets or spaces: (64, 64) is 64-64."""
    return "-".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _seed(text):
    """A seed from the command line."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no seed, expected a whole number of at least 0")
    return int(text)


def _count(text):
    """A number of at least 1 from the command line."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}, expected a whole number of at least 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
