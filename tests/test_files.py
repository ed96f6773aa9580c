"""Files that are whole or absent, that cannot run code, and that say what is wrong with them."""

import json
import pickle
import re
import signal
import sys

import numpy as np
import pytest

from ddpg_tf.lab.files import FORMAT, load_arrays, save_arrays, save_text

ARRAYS = {"x": np.arange(6.0).reshape(2, 3), "y": np.array([1, 2], np.float32)}
HEADER = {"steps": 12, "name": "Ornstein–Uhlenbeck", "large": 2**127}


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "things.npz"
    save_arrays(path, "thing", HEADER, ARRAYS)
    return path


def assert_damaged(path):
    with pytest.raises(ValueError, match=re.escape(f"{path} is no thing that can be read")):
        load_arrays(path, "thing")


def same(arrays):
    equal = [np.array_equal(arrays[name], ARRAYS[name]) for name in arrays]
    return all(equal) and {n: a.dtype for n, a in arrays.items()} == {n: a.dtype for n, a in ARRAYS.items()}


def test_what_was_saved_is_read(saved):
    header, arrays = load_arrays(saved, "thing")
    assert header == {"kind": "thing", "format": FORMAT} | HEADER
    assert same(arrays)


def test_a_file_without_arrays_is_read(tmp_path):
    save_arrays(tmp_path / "things.npz", "thing", {}, {})
    assert load_arrays(tmp_path / "things.npz", "thing")[1] == {}


def test_folders_are_made_and_the_name_is_kept(tmp_path):
    path = tmp_path / "new" / "folder" / "things.of.mine"  # np.savez alone would append .npz
    save_arrays(str(path), "thing", HEADER, ARRAYS)
    assert same(load_arrays(str(path), "thing")[1])
    assert [file.name for file in path.parent.iterdir()] == ["things.of.mine"]


def test_saving_again_replaces(saved):
    save_arrays(saved, "thing", {}, {"z": np.zeros(3)})
    assert load_arrays(saved, "thing")[1].keys() == {"z"}
    assert list(saved.parent.iterdir()) == [saved]


class Breaks:
    """An array that fails when it is written, after the arrays before it."""

    def __init__(self, error):
        self.error = error

    def __array__(self, dtype=None, copy=None):
        raise self.error


@pytest.mark.parametrize("error", [RuntimeError("broken"), MemoryError(), KeyboardInterrupt(), OSError(5, "no")])
def test_a_failing_write_leaves_the_old_file_and_nothing_else(saved, error):
    before = saved.read_bytes()
    with pytest.raises(type(error)):
        save_arrays(saved, "thing", {}, {"x": np.zeros(1000), "y": Breaks(error)})
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_failing_first_write_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError, match="broken"):
        save_arrays(tmp_path / "things.npz", "thing", {}, {"x": Breaks(RuntimeError("broken"))})
    assert list(tmp_path.iterdir()) == []


def test_a_header_that_is_no_json_leaves_the_old_file(saved):
    with pytest.raises(TypeError):
        save_arrays(saved, "thing", {"rate": object()}, ARRAYS)
    assert load_arrays(saved, "thing")[0]["steps"] == 12
    assert list(saved.parent.iterdir()) == [saved]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are a matter of Unix")
def test_a_full_disk_is_reported_with_the_path(saved):
    import resource  # not on Windows

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(OSError, match=re.escape(str(saved))):
            save_arrays(saved, "thing", {}, {"x": np.zeros(100_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert same(load_arrays(saved, "thing")[1])
    assert list(saved.parent.iterdir()) == [saved]


def test_a_folder_in_the_way_is_reported_and_kept(tmp_path):
    path = tmp_path / "things.npz"
    path.mkdir()
    with pytest.raises(OSError, match=re.escape(str(path))):
        save_arrays(path, "thing", {}, ARRAYS)
    assert list(tmp_path.iterdir()) == [path] and path.is_dir()
    with pytest.raises(FileNotFoundError, match=re.escape(str(path))):
        load_arrays(path, "thing")


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / "things.npz"
    with pytest.raises(FileNotFoundError, match=re.escape(f"no thing at {path}")):
        load_arrays(path, "thing")


def test_another_kind_is_refused(saved):
    with pytest.raises(ValueError, match=re.escape(f"{saved} is a file of kind 'thing', expected 'policy'.")):
        load_arrays(saved, "policy")


def test_another_format_is_refused(saved):
    save_arrays(saved, "thing", {"format": FORMAT + 1}, ARRAYS)
    with pytest.raises(ValueError, match=re.escape(f"{saved} has format {FORMAT + 1}")):
        load_arrays(saved, "thing")


class Trap:
    """Unpickling it runs code."""

    sprung = []

    def __reduce__(self):
        return self.sprung.append, ("sprung",)


@pytest.fixture
def trap():
    Trap.sprung.clear()
    yield Trap()
    assert Trap.sprung == []


def test_a_pickle_inside_is_refused_and_not_run(tmp_path, trap):
    path = tmp_path / "things.npz"
    header = json.dumps({"kind": "thing", "format": FORMAT, "names": ["x"]})
    np.savez(path, header=np.array(header), x=np.array([trap], object))
    assert_damaged(path)


def test_a_pickle_as_header_is_refused_and_not_run(tmp_path, trap):
    path = tmp_path / "things.npz"
    np.savez(path, header=np.array([trap], object))
    assert_damaged(path)


def test_a_bare_pickle_is_refused_and_not_run(tmp_path, trap):
    path = tmp_path / "things.npz"
    path.write_bytes(pickle.dumps(trap))
    assert_damaged(path)


def test_a_file_that_others_wrote_is_refused(tmp_path):
    path = tmp_path / "things.npz"
    np.savez(path, x=np.zeros(3))
    assert_damaged(path)
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    assert_damaged(path)
    path.write_text("x = 3")
    assert_damaged(path)


@pytest.mark.parametrize("header", ["", "[]", "3", "null", '{"kind": "thing"}'])
def test_a_header_that_is_none_is_refused(tmp_path, header):
    path = tmp_path / "things.npz"
    np.savez(path, header=np.array(header), x=np.zeros(3))
    assert_damaged(path)


def test_an_array_too_many_or_too_few_is_refused(tmp_path):
    path = tmp_path / "things.npz"
    header = np.array(json.dumps({"kind": "thing", "format": FORMAT, "names": ["x", "y"]}))
    np.savez(path, header=header, x=np.zeros(3))
    assert_damaged(path)
    np.savez(path, header=header, x=np.zeros(3), y=np.zeros(3), z=np.zeros(3))
    assert_damaged(path)


def test_every_truncated_file_is_refused(saved):
    whole = saved.read_bytes()
    for length in range(0, len(whole), 3):
        saved.write_bytes(whole[:length])
        assert_damaged(saved)


def test_a_flipped_bit_is_refused_or_harmless(tmp_path):
    path = tmp_path / "things.npz"
    save_arrays(path, "thing", {}, {"x": ARRAYS["x"]})
    whole = path.read_bytes()
    contents = whole.index(b"PK\x01\x02")  # the zip's list of contents: every bit of it, and some of the rest
    places = [*range(0, 8 * contents, 19), *range(8 * contents, 8 * len(whole))]
    refused = sum(_refuses_flipped(path, whole, place) for place in places)
    assert refused > len(places) / 2


def _refuses_flipped(path, whole, place):
    """Whether the file with this bit flipped is refused; if not, it must read as before."""
    flipped = bytearray(whole)
    flipped[place // 8] ^= 1 << place % 8
    path.write_bytes(flipped)
    try:
        header, arrays = load_arrays(path, "thing")
    except ValueError as error:
        assert str(path) in str(error)
        return True
    assert header == {"kind": "thing", "format": FORMAT}  # dates and flags of the zip, which nobody reads
    assert arrays.keys() == {"x"} and np.array_equal(arrays["x"], ARRAYS["x"])
    return False


def test_text_is_saved_in_utf8_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "run.json"
    save_text(path, "θ = 0.15")
    assert path.read_text(encoding="utf-8") == "θ = 0.15"
    with pytest.raises(UnicodeEncodeError):
        save_text(path, "\ud800")
    assert path.read_text(encoding="utf-8") == "θ = 0.15"
    assert list(path.parent.iterdir()) == [path]
