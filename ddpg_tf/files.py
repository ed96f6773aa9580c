"""Files of arrays that cannot run code, and that are whole or absent."""

import json
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np

FORMAT = 1


def save_arrays(path, kind, header, arrays):
    """Write named arrays and a JSON header to one .npz file: to a temporary name, flushed, then renamed.

    kind: what the file is, in words ("policy"); a reader that expects another kind refuses it.
    Whatever stands at `path` stays as it was until the new file is complete. Raises OSError with the path in it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    about = json.dumps({"kind": kind, "format": FORMAT, **header})
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, header=np.array(about), **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def load_arrays(path, kind):
    """Read (header, arrays) of a file that `save_arrays` wrote. Pickles are never opened.

    Raises FileNotFoundError where there is no file, ValueError where it is damaged, of another kind or format.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no {kind} at {path}: the file does not exist; check the path, or save one first.")
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(str(arrays.pop("header")))
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{path} is no {kind} that can be read: it is damaged or was not written by ddpg_tf; save it again."
        ) from error
    if header.get("kind") != kind:
        raise ValueError(f"{path} holds a {header.get('kind')}, expected a {kind}.")
    if header.get("format") != FORMAT:
        raise ValueError(
            f"{path} has format {header.get('format')}, this version of ddpg_tf reads format {FORMAT}; save it again."
        )
    return header, arrays
