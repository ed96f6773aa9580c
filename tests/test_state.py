"""The file of a training's state: nothing of it is guessed, nothing in it runs, no damaged one is taken for good."""

import io
import json
import re
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from same_bits import assert_same_bits, generators, numbers

from ddpg_tf import __version__
from ddpg_tf.config import PENDULUM
from ddpg_tf.lab.files import FORMAT, load_arrays, save_arrays
from ddpg_tf.lab.results import STATE_FILE
from ddpg_tf.lab.resume import train_resumable
from ddpg_tf.lab.state import KIND, read_state, restore_state, save_state
from ddpg_tf.training import Run, train

pytestmark = pytest.mark.usefixtures("uncompiled")
CONFIG = replace(
    PENDULUM, steps=600, warmup_steps=200, block=50, batch_size=16, hidden=(4,), memory_capacity=350,
    evaluation_every=300, evaluation_episodes=1, solved_return=-5_000.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def trained(uncompiled):
    """A run at the end of its second episode of three: the ring has come round, and a selection has solved it."""
    run = Run(CONFIG, 5)
    for record in train(run):
        if record.step == 400:
            return run


@pytest.fixture(scope="module")
def whole(trained, tmp_path_factory):
    """The bytes of its file."""
    path = tmp_path_factory.mktemp("state") / STATE_FILE
    save_state(trained, path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def other():
    """A run to restore into; no test may leave it changed."""
    return Run(CONFIG, 5)


def test_a_restored_run_is_the_saved_one_and_plays_on_like_it(trained, whole, tmp_path):
    (tmp_path / STATE_FILE).write_bytes(whole)
    run = Run(CONFIG, 5)
    restore_state(run, read_state(tmp_path / STATE_FILE))
    assert_same_bits(run, trained)
    assert generators(run) == generators(trained)
    assert [type(value) for value in run.records[0]] == [type(value) for value in trained.records[0]]
    np.testing.assert_array_equal(run.records, trained.records)  # the clock too; NaN equals NaN
    assert (run.selections, run.seconds) == (trained.selections, trained.seconds)
    assert run.solved_at is run.selections[0] and run.best_mean == trained.best_mean > -np.inf


def test_a_run_that_has_not_begun_is_saved_and_restored(tmp_path):
    run = Run(CONFIG, 1)
    save_state(run, tmp_path / STATE_FILE)
    again = Run(CONFIG, 1)
    restore_state(again, read_state(tmp_path / STATE_FILE))
    list(train(run)), list(train(again))
    assert_same_bits(run, again)


def test_saving_again_gives_the_same_bytes(trained, whole, tmp_path):
    save_state(trained, tmp_path / STATE_FILE)
    with np.load(io.BytesIO(whole)) as left, np.load(tmp_path / STATE_FILE) as right:
        assert left.files == right.files
        assert all(left[name].tobytes() == right[name].tobytes() for name in left.files)


def test_no_member_of_the_file_is_a_pickle(whole):
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        kinds = {
            np.lib.format.read_array(archive.open(name), allow_pickle=False).dtype.kind for name in archive.namelist()
        }
    assert kinds == {"U", "f", "i"}


# ---- other versions


@pytest.mark.parametrize("version", ["0.9.0", "1.0.1", "2.0.0", None])
def test_a_state_of_another_version_is_refused(whole, tmp_path, version):
    path = rewritten(whole, tmp_path, lambda header, arrays: header.update(version=version))
    message = f"{path} was written by ddpg_tf {version}, and this is {__version__}: only the version that began"
    with pytest.raises(ValueError, match=re.escape(message)):
        read_state(path)


@pytest.mark.parametrize("form", [FORMAT - 1, FORMAT + 1])
def test_a_state_of_another_format_is_refused(whole, tmp_path, form):
    path = rewritten(whole, tmp_path, lambda header, arrays: header.update(format=form))
    with pytest.raises(ValueError, match=re.escape(f"{path} has format {form}, this version of ddpg_tf reads format")):
        read_state(path)


def rewritten(whole, folder, change):
    """The file with its header and arrays changed, and all its checksums right."""
    path = folder / STATE_FILE
    path.write_bytes(whole)
    header, arrays = load_arrays(path, KIND)
    change(header, arrays)
    save_arrays(path, KIND, header, arrays)
    return path


# ---- damaged files


def mutated(whole, rng):
    """One of five kinds of damage, at random places."""
    data = bytearray(whole)
    kind = rng.integers(5)
    if kind == 0:  # cut off, at worst to nothing
        return bytes(data[: rng.integers(len(data))])
    if kind == 1:  # one bit
        data[rng.integers(len(data))] ^= 1 << rng.integers(8)
    if kind == 2:  # a sector of zeros, as a disk leaves it
        start = rng.integers(len(data))
        data[start : start + 512] = bytes(len(data[start : start + 512]))
    if kind == 3:  # a stretch of nonsense
        start = rng.integers(len(data))
        data[start : start + 64] = rng.bytes(len(data[start : start + 64]))
    if kind == 4:  # a stretch that stands twice
        start = rng.integers(len(data))
        data[start:start] = data[start : start + 100]
    return bytes(data)


@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_damaged_files_are_refused_or_read_as_they_were(whole, tmp_path, seed):
    path, rng, refused, expected = tmp_path / STATE_FILE, np.random.default_rng(seed), 0, read_whole(whole, tmp_path)
    for _ in range(10):
        path.write_bytes(mutated(whole, rng))
        try:
            state = read_state(path)
        except ValueError as error:
            assert str(error).startswith(f"{path} ")
            refused += 1
            continue
        # the damage is where nobody reads
        assert (state.config, state.seed, state.header) == (expected.config, expected.seed, expected.header)
        assert all(array.tobytes() == state.arrays[name].tobytes() for name, array in expected.arrays.items())
    assert refused >= 7


def read_whole(whole, folder):
    path = folder / "whole.npz"
    path.write_bytes(whole)
    return read_state(path)


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"\x93NUMPY", b"\x80\x04K\x01.", b"state" * 999]
)
def test_what_is_no_file_of_arrays_is_refused_and_left_alone(other, tmp_path, data):
    path = tmp_path / STATE_FILE
    path.write_bytes(data)
    with pytest.raises(ValueError, match=re.escape(f"{path} is no training state that can be read")):
        next(train_resumable(other, tmp_path))
    assert path.read_bytes() == data
    assert (other.step, len(other.memory), other.records) == (0, 0, [])


def drop(key):
    return lambda header, arrays: (header.pop(key, None), arrays.pop(key, None))


def put(key, value):
    return lambda header, arrays: header.__setitem__(key, value)


def array(key, change):
    return lambda header, arrays: arrays.__setitem__(key, change(arrays[key]))


def spoilt(value):
    def change(array):
        array = array.copy()
        array.flat[-1] = value
        return array

    return change


WRONG = {
    "no config": drop("config"), "no seed": drop("seed"), "no step": drop("step"), "no seconds": drop("seconds"),
    "no memory": drop("memory"), "no noise": drop("noise"), "no actions": drop("actions"), "no world": drop("world"),
    "no best": drop("best"), "no solved": drop("solved"), "no episodes": drop("record/episodes"),
    "no rewards": drop("memory/rewards"), "no kernel": drop("agent/actor/0"), "no best kernel": drop("best/0"),
    "no moments": drop("agent/critic_optimizer/2"),
    "config of nonsense": put("config", "{}}"), "config of another type": put("config", 3),
    "a setting out of range": put("config", CONFIG.to_json().replace('"gamma": 0.99', '"gamma": 1.99')),
    "seed as text": put("seed", "5"), "seed below zero": put("seed", -5), "seed as a float": put("seed", 5.0),
    "step as text": put("step", "400"), "step too small": put("step", 399), "step too large": put("step", 401),
    "seconds as text": put("seconds", "soon"), "seconds as a list": put("seconds", [1.0]),
    "memory as a list": put("memory", [1, 2]), "generator of nothing": put("noise", {}),
    "generator as text": put("actions", "PCG64"), "another generator": put("noise", {"bit_generator": "MT19937"}),
    "world as a number": put("world", 3), "world of nothing": put("world", None),
    "a generator beyond its bits": put("noise", {
        "bit_generator": "PCG64", "state": {"state": 2**200, "inc": -1}, "has_uint32": 0, "uinteger": 0,
    }),
    "best beyond the end": put("best", 7), "best below zero": put("best", -1), "best as text": put("best", "0"),
    "solved beyond the end": put("solved", 7),
    "records too short": array("record/episodes", lambda table: table[:-1]),
    "records too narrow": array("record/episodes", lambda table: table[:, :-1]),
    "records as text": array("record/episodes", lambda table: table.astype(str)),
    "a record of NaN": array("record/episodes", lambda table: np.full_like(table, np.nan)),
    "selections too wide": array("record/selections", lambda table: np.hstack([table, table])),
    "weights of another shape": array("agent/actor/0", lambda kernel: kernel.T),
    "weights of float64": array("agent/actor/0", lambda kernel: kernel.astype(np.float64)),
    "weights as text": array("agent/critic/0", lambda kernel: kernel.astype(str)),
    "weights with NaN": array("agent/critic/0", spoilt(np.nan)),
    "moments with infinity": array("agent/critic_optimizer/3", spoilt(np.inf)),
    "best weights of another shape": array("best/0", lambda kernel: kernel[:, :-1]),
    "best weights with NaN": array("best/0", spoilt(np.nan)),
    "states too few": array("memory/states", lambda states: states[:-1]),
    "states too wide": array("memory/states", lambda states: np.hstack([states, states])),
    "rewards with NaN": array("memory/rewards", spoilt(np.nan)),
    "terminals as truth values": array("memory/terminals", lambda terminals: terminals.astype(bool)),
    "seconds of NaN": put("seconds", float("nan")), "seconds below zero": put("seconds", -1.0),
    "pointer as a float": lambda header, arrays: header["memory"].update(pointer=float(header["memory"]["pointer"])),
    "pointer too large": lambda header, arrays: header["memory"].update(pointer=350),
    "pointer below zero": lambda header, arrays: header["memory"].update(pointer=-1),
    "pointer as text": lambda header, arrays: header["memory"].update(pointer="1"),
    "another capacity": lambda header, arrays: header["memory"].update(capacity=351),
}  # fmt: skip


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_contents_that_cannot_be_are_refused_and_the_run_is_as_before(whole, other, tmp_path, change):
    path = rewritten(whole, tmp_path, change)
    before, places, data = numbers(other), generators(other)[:3], path.read_bytes()
    with pytest.raises(ValueError, match=re.escape(f"{path} is no training state that can be read: ")):
        next(train_resumable(other, tmp_path))
    after = numbers(other)
    assert all(np.array_equal(before[name], after[name], equal_nan=True) for name in before)
    assert (other.step, other.records, other.selections, places) == (0, [], [], generators(other)[:3])
    assert path.read_bytes() == data


class Trap:
    """Unpickling it runs code."""

    sprung = []

    def __reduce__(self):
        return self.sprung.append, ("sprung",)


@pytest.mark.parametrize("name", ["header", "best/0", "memory/states", "record/episodes", "agent/actor/0", "more"])
def test_a_state_with_a_pickle_inside_is_refused_and_nothing_runs(whole, other, tmp_path, name):
    path = tmp_path / STATE_FILE
    with np.load(io.BytesIO(whole)) as file:
        arrays = dict(file)
    arrays[name] = np.array([Trap()], object)
    if name == "more":
        header = json.loads(str(arrays["header"]))
        arrays["header"] = np.array(json.dumps({**header, "names": sorted([*header["names"], "more"])}))
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=re.escape(f"{path} is no training state that can be read: it is damaged")):
        next(train_resumable(other, tmp_path))
    assert Trap.sprung == []


def test_an_archive_that_would_grow_when_it_is_read_is_refused(other, tmp_path):
    path = tmp_path / STATE_FILE
    np.savez_compressed(path, header=np.array("{}"), x=np.zeros(10_000_000))  # 80 MB in 80 kB
    assert path.stat().st_size < 1_000_000
    with pytest.raises(ValueError, match=re.escape(f"{path} is no training state that can be read")):
        next(train_resumable(other, tmp_path))
