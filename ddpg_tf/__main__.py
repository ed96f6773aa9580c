"""Train, evaluate and watch a policy from the shell: `python -m ddpg_tf train|runs|evaluate|play --help`."""

import argparse
import json
import sys
from dataclasses import fields, replace
from pathlib import Path

import joblib
from tqdm import tqdm

from ddpg_tf.config import LUNAR_LANDER, NAMED, Config
from ddpg_tf.evaluation import TEST_SEEDS, evaluate, record_video
from ddpg_tf.results import evaluation_result, load_run, training_result, write_run
from ddpg_tf.runs import record_many
from ddpg_tf.statistics import summary, table_of_seeds, table_of_settings

TRAIN_EXAMPLES = """examples:
  python -m ddpg_tf train                                     a lander, from nothing to landing, in about a minute
  python -m ddpg_tf train --env Pendulum-v1 --seed 3          the pendulum, another seed
  python -m ddpg_tf train --config paper --env Pendulum-v1    the settings of Lillicrap et al. 2016
  python -m ddpg_tf train --reward-scale 1 --stop-return inf  what if the rewards are not scaled down?
"""

RUNS_EXAMPLES = """examples:
  python -m ddpg_tf runs --seeds 20                           twenty landers, two at a time on two cores
  python -m ddpg_tf runs --seeds 5 --reward-scale 1           what if the rewards are not scaled down, on five seeds
  python -m ddpg_tf runs --seeds 100 --backend dask           on the dask cluster of DASK_SCHEDULER_ADDRESS
A seed that has its file in the folder is not run again: stop it when you like, and give the same command to go on.
"""


def main(arguments=None):
    """Run one command and return its exit code: 0 done, 2 for input that cannot be used (the reason is printed)."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        options.command(options)
    except (ValueError, TypeError, FloatingPointError, OSError) as error:
        print(f"ddpg_tf {options.name}: {error}", file=sys.stderr)
        return 2
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
    usage = "python -m ddpg_tf train [--config NAME] [--env ID] [--seed N] [--out DIR] [--SETTING VALUE ...]"
    command = _add_command(commands, "train", train_run, help, epilog=TRAIN_EXAMPLES, usage=usage)
    command.add_argument("--seed", type=_seed, default=0, help="seed of everything (default: %(default)s)")
    command.add_argument("--out", type=Path, help="folder to write (default: runs/ENV-seedSEED)")
    command.add_argument("--tensorboard", type=Path, metavar="DIR", help="write TensorBoard scalars there")
    _add_evaluation_options(command)
    _add_settings(command)


def _add_runs(commands):
    help = "train and judge many seeds side by side, one file per seed, and sum them up"
    usage = "python -m ddpg_tf runs [--config NAME] [--env ID] [--seeds N] [--out DIR] [--SETTING VALUE ...]"
    command = _add_command(commands, "runs", many_runs, help, epilog=RUNS_EXAMPLES, usage=usage)
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
    given = {setting.name: getattr(options, setting.name) for setting in fields(Config)}
    return replace(named, **{name: value for name, value in given.items() if value is not None})


def train_run(options):
    """The command `train`."""
    from ddpg_tf.training import Run, train, write_scalars  # TensorFlow takes seconds to load; --help need not wait

    config = chosen_config(options)
    out = options.out or Path("runs") / f"{config.env.replace('/', '-')}-seed{options.seed}"
    if (out / "policy.npz").exists():
        raise ValueError(f"{out} holds a finished training already; give another folder with --out, or remove it.")
    run = Run(config, options.seed)
    for folder in filter(None, (out, options.tensorboard)):
        folder.mkdir(parents=True, exist_ok=True)  # what fails here would fail after the training
    records = write_scalars(train(run), options.tensorboard) if options.tensorboard else train(run)
    _show_progress(run, records)
    evaluation = evaluate(run.best_policy, config.env, _seeds(options.eval_seed, len(TEST_SEEDS)))
    write_run(out, run, evaluation)
    print(f"{_training_in_words(run)}\n{_in_words(evaluation, config)}\nwritten to {out}")
    if options.json:
        print(json.dumps(training_result(run, evaluation)))


def many_runs(options):
    """The command `runs`."""
    config = chosen_config(options)
    folder = options.out or Path("runs") / _name(config, options)
    recordings = []
    with tqdm(total=options.seeds, unit=" seeds", disable=None) as bar:
        for recording in record_many(config, range(options.seeds), folder, options.jobs, options.backend):
            recordings.append(recording)
            bar.update()
    print(f"{table_of_seeds(recordings)}\n\n{table_of_settings({folder.name: recordings})}\n\nrecorded in {folder}")
    if options.json:
        print(json.dumps(summary(recordings)))


def _name(config, options):
    """A name for the settings: the named ones, and each that was given in its place."""
    named = next((name for name, base in NAMED.items() if base.env == config.env), "")
    given = [setting.name for setting in fields(Config) if getattr(options, setting.name) is not None]
    changes = [f"{name.replace('_', '-')}-{_plain(getattr(config, name))}" for name in given if name != "env"]
    return "_".join([options.config or named, *changes])


def _plain(value):
    """A setting's value without brackets or spaces: (64, 64) is 64-64."""
    return "-".join(map(str, value)) if isinstance(value, tuple) else str(value)


def evaluate_run(options):
    """The command `evaluate`."""
    policy, config = load_run(options.run)
    config = replace(config, env=options.env or config.env)
    evaluation = evaluate(policy, config.env, _seeds(options.eval_seed, options.episodes))
    print(_in_words(evaluation, config))
    if options.json:
        print(json.dumps({"env": config.env, **evaluation_result(evaluation, config)}))


def play_run(options):
    """The command `play`."""
    policy, config = load_run(options.run)
    config = replace(config, env=options.env or config.env)
    print(record_video(policy, config.env, options.seed, options.run / "videos", f"seed{options.seed}"))


def _show_progress(run, records):
    """Exhaust the records behind a progress bar on stderr."""
    with tqdm(total=run.config.steps, unit=" steps", disable=None) as bar:
        for record in records:
            bar.update(record.length)
            bar.set_postfix(last=f"{record.episode_return:.0f}", best=f"{run.best_mean:.0f}")


def _training_in_words(run):
    solved = run.solved_at
    when = f"solved after {solved.step:,} steps and {solved.seconds:.0f} s" if solved else "not solved"
    return f"trained {run.step:,} steps in {run.seconds:.0f} s; {when}"


def _in_words(evaluation, config):
    return (
        f"{len(evaluation.returns)} greedy episodes on unseen seeds: "
        f"mean {evaluation.mean:.1f} ± {evaluation.std:.1f}, "
        f"{evaluation.share(config.solved_return):.0%} of them at least {config.solved_return:g}, "
        f"10th percentile {evaluation.p10:.1f}"
    )


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


def _seeds(first, count):
    return range(first, first + count)


if __name__ == "__main__":
    sys.exit(main())
