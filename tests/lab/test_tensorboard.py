"""Scalars for TensorBoard: what is read back is what was recorded."""

import math

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ddpg_tf.lab.tensorboard import write_scalars
from ddpg_tf.training import Record


def scalars(folder):
    accumulator = EventAccumulator(str(folder), {"tensors": 0}).Reload()
    tensors = {tag: accumulator.Tensors(tag) for tag in accumulator.Tags()["tensors"]}
    return {
        tag: [(event.step, float(np.frombuffer(event.tensor_proto.tensor_content, np.float32)[0])) for event in events]
        for tag, events in tensors.items()
    }


def test_scalars_read_back_are_the_records(tmp_path):
    records = [Record(i, 10 * i, 10, -100.0 * i, 0.5, -i, i, 1e3) for i in range(1, 4)]
    assert list(write_scalars(iter(records), tmp_path)) == records
    read = scalars(tmp_path)
    assert set(read) == set(Record._fields) - {"episode", "step"}
    for tag, points in read.items():
        assert points == [(record.step, getattr(record, tag)) for record in records], tag


def test_metrics_that_are_nan_in_the_warm_up_are_not_written(tmp_path):
    warmup = Record(0, 10, 10, -1.0, math.nan, math.nan, math.nan, 1e3)
    list(write_scalars([warmup, warmup._replace(step=20, critic_loss=0.5, mean_q=1.0, max_q=2.0)], tmp_path))
    assert [step for step, _ in scalars(tmp_path)["critic_loss"]] == [20]
    assert [step for step, _ in scalars(tmp_path)["episode_return"]] == [10, 20]


def test_scalars_are_on_disk_when_the_reader_of_the_records_stops_early(tmp_path):
    records = write_scalars((Record(i, i, 1, 0.0, 0.0, 0.0, 0.0, 0.0) for i in range(9)), tmp_path)
    next(records)
    next(records)
    records.close()
    assert [step for step, _ in scalars(tmp_path)["episode_return"]] == [0, 1]
