"""Files of arrays and plain values: complete or absent, and never able to run code."""

import contextlib
import json
import os
import tempfile
import uuid
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ddpg_tf.checks import check
from ddpg_tf.policy import Policy

FORMAT = 2
ARRAY = "__array__"  # the key under which the header names an array of the file


def save(path, kind, state):
    """Write nested dicts and lists of arrays and JSON values to one .npz file of a kind; it is complete or absent.

    Arrays are stored under their path ("agent/critic/0"), all else in a header. Raises OSError with the path in it,
    TypeError for values that neither JSON nor NumPy can hold without a pickle.
    """
    arrays = {}
    header = json.dumps({"kind": kind, "format": FORMAT, "state": _split(state, "", arrays)})
    with _replacing(path) as file:
        np.savez(file, header=np.array(header), **arrays)


def load(path, kind, read=lambda state: state):
    """What `read` makes of the state in a file that `save` wrote; tuples come back as lists. Pickles are never opened.

    Raises FileNotFoundError if there is no file, ValueError if it is damaged, of another kind or refused by `read`.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no {kind} at {path}: the file does not exist; check the path, or save one first.")
    try:
        header = _read(path)
        state, found = header["state"], (header["kind"], header["format"])
    except PermissionError:
        raise
    except Exception as error:  # NumPy and zipfile have a dozen ways to say that a file is damaged
        raise ValueError(f"{path} is no {kind} that can be read, but damaged or foreign; create it again.") from error
    check(f"{path}: kind and format", found, f"{(kind, FORMAT)}; create it again", lambda x: x == (kind, FORMAT))
    with contents_checked(path, kind):
        return read(state)


def check_writable(folder):
    """Make a folder, and raise OSError if it cannot hold files: after a training it would be too late."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    tempfile.TemporaryFile(dir=folder).close()


def save_text(path, text):
    """Write a text file in UTF-8 in the same safe way. Raises OSError with the path in it."""
    with _replacing(path) as file:
        file.write(text.encode())


def as_json(config, **more):
    """The settings of a Config, and others, as JSON gives them back."""
    return json.loads(json.dumps({**more, **asdict(config)}))


def policy_state(policy):
    """Layers and bounds of a Policy, as `save` takes them. Raises ValueError for a policy of another kind."""
    check("what the agent's policy() gives", policy, "a Policy, which can be saved", lambda x: isinstance(x, Policy))
    return {"layers": policy.layers, "low": policy.low, "high": policy.high}


def policy_from_state(state):
    """The Policy of a `policy_state`. Raises ValueError or another error if its contents are impossible."""
    return Policy(**state)


@contextlib.contextmanager
def contents_checked(path, kind):
    """Raise errors about impossible contents again as a ValueError that names the file."""
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise ValueError(f"{path} is no {kind} that can be used: {reason}") from error


@contextlib.contextmanager
def _replacing(path):
    """A binary file under a temporary name that takes the place of `path` once everything is written."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # without it a power cut may leave the new name with no content
        os.replace(temporary, path)
    except OSError as error:
        error.filename = str(path)  # a full disk does not say which file had no room
        raise
    finally:
        with contextlib.suppress(OSError):  # after the rename, or on a read-only disk, there is nothing to remove
            temporary.unlink()


def _split(value, path, arrays):
    """The value with every array moved into `arrays`, under its path, and the path in its place."""
    if isinstance(value, dict):
        return {name: _split(part, f"{path}/{name}".lstrip("/"), arrays) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_split(part, f"{path}/{i}", arrays) for i, part in enumerate(value)]
    if not isinstance(value, np.ndarray | np.generic):
        return value
    if value.dtype.hasobject or path in arrays:  # objects would be pickled, a second array would hide the first
        raise TypeError(f"save: {path} is an array of objects or stands there twice; expected numbers under one name.")
    arrays[path] = value
    return {ARRAY: path}


def _read(path):
    """The header of a file, with its arrays in their places. Raises ValueError if any is left over, or would grow."""
    with open(path, "rb") as binary:
        with zipfile.ZipFile(binary) as archive:
            if sum(member.file_size for member in archive.infolist()) > os.fstat(binary.fileno()).st_size:
                raise ValueError("the file is larger inside than outside, as no file of `save` is")
        binary.seek(0)
        with np.load(binary, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    text = str(arrays.pop("header"))
    header = json.loads(text, object_hook=lambda part: arrays.pop(part[ARRAY]) if ARRAY in part else part)
    if arrays:  # a damaged table of contents adds or hides arrays without an error
        raise ValueError(f"the arrays {sorted(arrays)} have no place in it")
    return header
