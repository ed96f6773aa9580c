"""Files that are complete or absent, that cannot run code, and whose errors name the file."""

import json
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ddpg_tf.lab.files import FORMAT, load, policy_from_state, save, save_text

STATE = {
    "x": np.arange(6.0).reshape(2, 3), "few": {"y": np.array([1, 2], np.float32), "a/b": np.array(7)},
    "name": "Ornstein–Uhlenbeck", "large": 2**127, "list": [[1.5, None, {"z": np.zeros((0, 3))}], True],
}  # fmt: skip


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "things.npz"
    save(path, "thing", STATE)
    return path


def same(left, right):
    """Whether two nested states have the same structure, types and bits."""
    if isinstance(left, dict):
        return isinstance(right, dict) and left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, np.ndarray):
        return (left.dtype, left.shape, left.tobytes()) == (right.dtype, right.shape, right.tobytes())
    return type(left) is type(right) and left == right


def assert_damaged(path):
    with pytest.raises(ValueError, match=re.escape(f"{path} is no thing that can be read")):
        load(path, "thing")


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
ARRAYS = st.builds(
    lambda kind, shape: np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(kind),
    st.sampled_from([np.float32, np.float64, np.int64, bool, "U3"]), st.lists(st.integers(0, 3), max_size=3),
)  # fmt: skip
NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=4)
STATES = st.dictionaries(
    NAMES.filter(lambda name: name not in ("file", "header")),
    st.recursive(SCALARS | ARRAYS, lambda x: st.lists(x, max_size=3) | st.dictionaries(NAMES, x, max_size=3)),
    max_size=4,
)


@settings(max_examples=60)
@given(STATES)
@example(STATE)
@example({})
def test_what_was_saved_is_read_to_the_bit(tmp_path_factory, state):
    path = tmp_path_factory.mktemp("files") / "new" / "folder" / "things.of.mine"  # np.savez alone appends .npz
    save(str(path), "thing", {"before": np.zeros(9)})
    save(str(path), "thing", state)
    assert same(load(str(path), "thing"), state)
    assert [file.name for file in path.parent.iterdir()] == ["things.of.mine"]


def test_numpy_scalars_come_back_as_arrays_and_tuples_as_lists(tmp_path):
    save(tmp_path / "x", "thing", {"step": np.int64(3), "pair": (1, np.float32(0.5))})
    assert same(load(tmp_path / "x", "thing"), {"step": np.array(3), "pair": [1, np.array(0.5, np.float32)]})


@pytest.mark.parametrize("broken", ["numpy.savez", "os.fsync"])  # before a byte is written, and after the last
@pytest.mark.parametrize("error", [RuntimeError("broken"), KeyboardInterrupt(), OSError(28, "the disk is full")])
def test_a_failing_write_leaves_the_old_file_and_nothing_else(saved, monkeypatch, broken, error):
    def breaking(*arguments, **arrays):
        raise error

    monkeypatch.setattr(broken, breaking)
    for path in (saved, saved.with_name("new.npz")):
        with pytest.raises(type(error), match=re.escape(str(path)) if isinstance(error, OSError) else None):
            save(path, "thing", {})
    assert same(load(saved, "thing"), STATE)
    assert list(saved.parent.iterdir()) == [saved]


NO_JSON, PICKLE, TWO_ARRAYS = {"rate": object()}, {"x": np.array([{}])}, {"a/b": np.ones(1), "a": {"b": np.ones(1)}}


@pytest.mark.parametrize("state", [NO_JSON, PICKLE, TWO_ARRAYS])
def test_what_cannot_be_stored_leaves_the_old_file(saved, state):
    with pytest.raises(TypeError):
        save(saved, "thing", state)
    assert same(load(saved, "thing"), STATE)
    assert list(saved.parent.iterdir()) == [saved]


def test_two_processes_that_write_one_file_leave_each_other_alone(saved, monkeypatch):
    """The second begins and ends while the first is writing, as if it were another process."""
    savez = np.savez

    def interleaved(file, **arrays):
        savez(file, **arrays)
        monkeypatch.setattr(np, "savez", savez)
        save(saved, "thing", {"who": "second"})
        assert load(saved, "thing") == {"who": "second"}

    monkeypatch.setattr(np, "savez", interleaved)
    save(saved, "thing", {"who": "first"})
    assert load(saved, "thing") == {"who": "first"}
    assert list(saved.parent.iterdir()) == [saved]


def test_a_folder_in_the_way_is_reported_and_kept(tmp_path):
    path = tmp_path / "things.npz"
    path.mkdir()
    with pytest.raises(OSError, match=re.escape(str(path))):
        save(path, "thing", STATE)
    assert list(tmp_path.iterdir()) == [path] and path.is_dir()
    with pytest.raises(FileNotFoundError, match=re.escape(f"no thing at {path}")):
        load(path, "thing")


def test_text_is_saved_in_utf8_or_not_at_all(tmp_path):
    save_text(tmp_path / "run.json", "θ = 0.15")
    with pytest.raises(UnicodeEncodeError):
        save_text(tmp_path / "run.json", "\ud800")
    assert (tmp_path / "run.json").read_bytes().decode() == "θ = 0.15"


def header(state, form=FORMAT):
    return json.dumps({"kind": "thing", "format": form, "state": state})


def test_another_kind_or_format_is_refused(saved):
    with pytest.raises(ValueError, match=re.escape(f"{saved}: kind and format is ('thing', {FORMAT}), expected ('pol")):
        load(saved, "policy")
    np.savez(saved, header=header({}, FORMAT + 1))
    with pytest.raises(ValueError, match=re.escape(f"{saved}: kind and format is ('thing', {FORMAT + 1}), expected")):
        load(saved, "thing")


class Trap:
    """Unpickling it runs code."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was opened",)


X, XY = (header({name: {"__array__": name} for name in names}) for names in ("x", "xy"))
PICKLED = np.array([Trap()], object)
FOREIGN = [
    *({"header": text} for text in ("", "[]", "3", "null", '{"kind": "thing"}', header({"__array__": []}))),
    {"header": XY, "x": 1.0}, {"header": X, "x": 1.0, "y": 2.0}, {"x": 1.0},  # too few, too many, no header
    {"header": X, "x": PICKLED}, {"header": PICKLED},
]  # fmt: skip


@pytest.mark.parametrize("arrays", FOREIGN, ids=range(len(FOREIGN)))
def test_other_headers_and_arrays_are_refused_and_no_pickle_is_opened(tmp_path, arrays):
    np.savez(tmp_path / "things.npz", **arrays)
    assert_damaged(tmp_path / "things.npz")


def test_an_archive_that_would_grow_when_it_is_read_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "things.npz", header=X, x=np.zeros(10_000_000))  # 80 MB in 80 kB
    assert_damaged(tmp_path / "things.npz")


def test_every_truncated_file_is_refused(saved):
    whole = saved.read_bytes()
    for length in range(0, len(whole), 5):
        saved.write_bytes(whole[:length])
        assert_damaged(saved)


def test_a_flipped_bit_is_refused_or_harmless(tmp_path):
    path, state = tmp_path / "things.npz", {"x": STATE["x"]}
    save(path, "thing", state)
    whole = path.read_bytes()
    contents = whole.index(b"PK\x01\x02")  # the zip's table of contents: every bit of it, and some of the rest
    places, refused = [*range(0, 8 * contents, 19), *range(8 * contents, 8 * len(whole))], 0
    for place in places:
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << place % 8
        path.write_bytes(flipped)
        try:
            assert same(load(path, "thing"), state)  # dates and flags of the zip, which nobody reads
        except ValueError as error:
            assert str(path) in str(error)
            refused += 1
    assert refused > len(places) / 2


WRONG = {
    "bounds the wrong way round": {"low": np.ones(1), "high": -np.ones(1)}, "layers as a number": {"layers": 3},
    "a weight of NaN": {"layers": [["tanh", [np.full((3, 1), np.nan), np.zeros(1)]]]},
    "an infinite weight": {"layers": [["tanh", [np.ones((3, 1)), np.full(1, -np.inf)]]]},
    "weights as text": {"layers": [["tanh", [np.full((3, 1), "x"), np.zeros(1)]]]},
}  # fmt: skip


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_a_policy_that_cannot_be_is_refused_by_the_name_of_its_file(tmp_path, change):
    path, layers = tmp_path / "policy.npz", [["tanh", [np.ones((3, 1)), np.zeros(1)]]]
    save(path, "policy", {"layers": layers, "low": -np.ones(1), "high": np.ones(1)})
    load(path, "policy", policy_from_state)
    save(path, "policy", {"layers": layers, "low": -np.ones(1), "high": np.ones(1)} | change)
    with pytest.raises(ValueError, match=re.escape(f"{path} is no policy that can be used: ")):
        load(path, "policy", policy_from_state)
