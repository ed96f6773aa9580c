"""What the commands of `python -m ddpg_tf` do, given the options."""

import contextlib
import json
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from ddpg_tf.evaluation import TEST_SEEDS, evaluate, record_video
from ddpg_tf.lab.results import STATE_FILE, evaluation_result, load_run, training_result, write_run
from ddpg_tf.lab.runs import record_many
from ddpg_tf.lab.statistics import summary, table_of_seeds, table_of_settings


def begin_training(config, options):
    """The command `train`, from nothing, or from where a training of the same settings in the same folder stopped."""
    from ddpg_tf.training import Run  # TensorFlow takes seconds to load; --help need not wait

    seed = options.seed or 0
    out = options.out or Path("runs") / f"{config.env.replace('/', '-')}-seed{seed}"
    _check_unfinished(out, "give another folder with --out, or remove it")
    _train_and_judge(Run(config, seed), out, options)


def resume_training(options):
    """The command `train --resume`: the settings and the seed are those of the folder."""
    from ddpg_tf.lab.state import read_state
    from ddpg_tf.training import Run

    out = options.resume
    _check_unfinished(out, f"judge it with python -m ddpg_tf evaluate {out}")
    state = read_state(out / STATE_FILE)
    _train_and_judge(Run(state.config, state.seed), out, options)


def _check_unfinished(out, cure):
    if (out / "policy.npz").exists():
        raise ValueError(f"{out} holds a finished training already; {cure}.")


def _train_and_judge(run, out, options):
    """Train in a folder, judge the best policy on unseen seeds, and leave policy and figures instead of the state."""
    from ddpg_tf.lab.resume import how_to_go_on, train_resumable
    from ddpg_tf.training import write_scalars

    for folder in filter(None, (out, options.tensorboard)):
        folder.mkdir(parents=True, exist_ok=True)  # what fails here would fail after the training
    records = train_resumable(run, out, options.save_every)
    with _saying(f"stopped at once; to go on: {how_to_go_on(out)}"):
        show_progress(run, write_scalars(records, options.tensorboard) if options.tensorboard else records)
    if not run.finished:
        raise KeyboardInterrupt("")  # train_resumable has said how to go on
    with _saying(f"stopped before the evaluation; to go on: {how_to_go_on(out)}"):
        evaluation = evaluate(run.best_policy, run.config.env, _seeds(options.eval_seed, len(TEST_SEEDS)))
    write_run(out, run, evaluation)
    (out / STATE_FILE).unlink()
    print(f"{_training_in_words(run)}\n{_in_words(evaluation, run.config)}\nwritten to {out}")
    if options.json:
        print(json.dumps(training_result(run, evaluation)))


def many_runs(config, folder, options):
    """The command `runs`."""
    recordings, words = [], "stopped at once; the same command goes on, with the seeds that are missing"
    with _saying(words), tqdm(total=options.seeds, unit=" seeds", disable=None) as bar:
        for recording in record_many(config, range(options.seeds), folder, options.jobs, options.backend):
            recordings.append(recording)
            bar.update()
    print(f"{table_of_seeds(recordings)}\n\n{table_of_settings({folder.name: recordings})}\n\nrecorded in {folder}")
    if options.json:
        print(json.dumps(summary(recordings)))


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


@contextlib.contextmanager
def _saying(words):
    """Let an interrupt say how to go on."""
    try:
        yield
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(words) from stop


def show_progress(run, records):
    """Exhaust the records behind a progress bar on stderr."""
    with tqdm(total=run.config.steps, unit=" steps", disable=None) as bar:
        for record in records:
            bar.update(record.step - bar.n)
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


def _seeds(first, count):
    return range(first, first + count)
