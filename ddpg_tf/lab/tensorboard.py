"""TensorBoard scalars of a training."""

import contextlib
import math

import tensorflow as tf


def write_scalars(records, folder):
    """Pass the records on, and write the numbers of each as TensorBoard scalars over environment steps to `folder`.

    Metrics that are NaN, as in the warm-up, are not written.
    """
    with contextlib.closing(tf.summary.create_file_writer(str(folder))) as writer:
        for record in records:
            with writer.as_default(record.step):
                for name, value in record._asdict().items():
                    if name not in ("episode", "step") and not math.isnan(value):
                        tf.summary.scalar(name, value)
            yield record
