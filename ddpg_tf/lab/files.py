"""Files of arrays that cannot run code, and that are whole or absent."""

import contextlib
import json
import os
import zipfile
from pathlib import Path

import numpy as np

FORMAT = 1


def save_arrays(path, kind, header, arrays):
    """Write named arrays and a JSON header to one .npz file: to a temporary name, flushed, then renamed.

    kind: what the file is, in words ("policy"); a reader that expects another kind refuses it.
    Whatever stands at `path` stays as it was until the new file is complete. Raises OSError with the path in it.
    """
    about = json.dumps({"kind": kind, "format": FORMAT, "names": sorted(arrays), **header})
    with _replacing(path) as file:
        np.savez(file, header=np.array(about), **arrays)


def save_text(path, text):
    """Write a text file in UTF-8, in the same safe way."""
    with _replacing(path) as file:
        file.write(text.encode())


@contextlib.contextmanager
def _replacing(path):
    """A binary file under a temporary name that takes the place of `path` once all is written."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # without it a power cut may leave the new name with no content
        os.replace(temporary, path)
    except OSError as error:
        error.filename = str(path)  # a full disk does not say which file it had no room for
        raise
    finally:
        with contextlib.suppress(OSError):  # a read-only disk refuses even to remove what is not there
            temporary.unlink()


def remove_parts(folder):
    """Remove what a process that was killed while it wrote a file to `folder` has left behind."""
    for part in folder.glob(".*.*.[0-9]*.part"):
        part.unlink(missing_ok=True)


def load_arrays(path, kind):
    """Read (header, arrays) of a file that `save_arrays` wrote. Pickles are never opened.

    Raises FileNotFoundError where there is no file, ValueError where it is damaged, of another kind or format.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no {kind} at {path}: the file does not exist; check the path, or save one first.")
    try:
        with open(path, "rb") as binary:
            _check_not_packed(binary)
            with np.load(binary, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        header = dict(json.loads(str(arrays.pop("header"))))
        if sorted(arrays) != header.pop("names"):  # a damaged list of contents hides arrays without an error
            raise ValueError(f"the file holds {sorted(arrays)}")
    except PermissionError:
        raise
    except Exception as error:  # NumPy and zipfile have a dozen ways to say that a file is damaged
        raise ValueError(
            f"{path} is no {kind} that can be read: it is damaged or was not written by ddpg_tf; "
            "take another copy of it, or make it anew."
        ) from error
    if header.get("kind") != kind:
        raise ValueError(f"{path} is a file of kind {header.get('kind')!r}, expected {kind!r}.")
    if header.get("format") != FORMAT:
        raise ValueError(
            f"{path} has format {header.get('format')}, this version of ddpg_tf reads format {FORMAT}; "
            "make it anew, or install the version that wrote it."
        )
    return header, arrays


@contextlib.contextmanager
def damage_named(path, kind):
    """Let a file with contents that cannot be be refused with a ValueError that names it, and what is wrong in it."""
    try:
        yield
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise ValueError(f"{path} is no {kind} that can be read: {reason}") from error


def check_arrays(arrays, expected):
    """Raise ValueError unless the arrays have just these names, types and shapes, and hold finite numbers.

    expected: dict of name to (dtype, shape). The message names the first array that differs, and how.
    """
    found = {name: (array.dtype, array.shape) for name, array in arrays.items()}
    for name in sorted({*found, *expected}):
        if found.get(name) != expected.get(name):
            raise ValueError(f"{name} is {_in_words(found.get(name))}, expected {_in_words(expected.get(name))}.")
        if not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name} has a NaN or an infinity in it, expected finite numbers.")


def _in_words(kind):
    return "absent" if kind is None else f"{kind[0]} of shape {kind[1]}"


def _check_not_packed(binary):
    """Raise ValueError where an archive would grow when it is read: `save_arrays` never writes such a one."""
    with zipfile.ZipFile(binary) as archive:
        if sum(member.file_size for member in archive.infolist()) > os.fstat(binary.fileno()).st_size:
            raise ValueError("the file is larger inside than outside")
    binary.seek(0)
