"""What TensorBoard reads back is what the training was: its records, its evaluations, its settings."""

import math
from types import SimpleNamespace

import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata

from ddpg_tf.config import PENDULUM
from ddpg_tf.share.tensorboard import write_scalars
from ddpg_tf.training import Record, Selection

NOTHING = dict.fromkeys(("critic_loss", "mean_q", "max_q"), math.nan)
RECORDS = [Record(i, 10 * i, 10, -100.0 * i, 0.5, -i, i, 1e3) for i in range(1, 4)]
RECORDS[0] = RECORDS[0]._replace(**NOTHING)  # the warm-up


@pytest.fixture
def run():
    return SimpleNamespace(config=PENDULUM, seed=3, selections=[Selection(5, 1.0, -9.0, 0.0, -9.0, -9.0)])


def read(folder):
    return EventAccumulator(str(folder), {"tensors": 0}).Reload()


def scalars(folder):
    """(step, value) of each scalar, by its tag."""
    events, tags = read(folder), [tag for tag in read(folder).Tags()["tensors"] if not tag.startswith("_hparams_")]
    return {tag: [(e.step, tf.make_ndarray(e.tensor_proto).item()) for e in events.Tensors(tag)] for tag in tags}


def test_scalars_read_back_are_the_records_without_nan_and_the_new_evaluations(run, tmp_path):
    def played():
        yield RECORDS[0]
        run.selections.append(Selection(15, 2.0, -8.0, 1.0, -10.0, -7.0))
        run.selections.append(Selection(20, 3.0, -6.0, 2.0, -11.0, -5.0))
        yield from RECORDS[1:]

    assert list(write_scalars(run, played(), tmp_path)) == RECORDS
    found = scalars(tmp_path)
    evaluations = {f"eval/{name}_return": [(s.step, getattr(s, name)) for s in run.selections[1:]]
                   for name in ("mean", "std", "min", "max")}  # fmt: skip
    records = {name: [(r.step, getattr(r, name)) for r in RECORDS[name in NOTHING :]] for name in Record._fields[2:]}
    assert found == records | evaluations  # the first evaluation was there before: a training that goes on


def test_the_settings_are_hyperparameters(run, tmp_path):
    list(write_scalars(run, [], tmp_path))
    content = read(tmp_path).SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    found = metadata.parse_session_start_info_plugin_data(content).hparams
    assert (found["seed"].number_value, found["tau"].number_value) == (3, PENDULUM.tau)
    assert (found["env"].string_value, found["hidden"].string_value) == ("Pendulum-v1", "(64, 64)")


def test_scalars_are_on_disk_when_the_reader_of_the_records_stops_early(run, tmp_path):
    records = write_scalars(run, iter(RECORDS), tmp_path)
    next(records)
    next(records)
    records.close()
    assert [step for step, _ in scalars(tmp_path)["episode_return"]] == [10, 20]
