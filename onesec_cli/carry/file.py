"""A memory as a file: its version, the digest of what follows, and who made it; read as strictly as anything from outside."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from onesec_cli.carry.memory import Memory
from onesec_cli.model.errors import InputError, OutputError
from onesec_cli.plain_file import read_plain

MAGIC: Final = b"onesec state 1\n"
MAX_BYTES: Final = 4 * 1024**3


class Kept(Struct):
    """What a file of state holds."""

    detectors: str
    """Digest of the code that made it: other code remembers other things."""
    rules: str
    """Digest of the Sigma rules whose windows it holds."""
    memory: Memory


_decoder = msgspec.msgpack.Decoder(Kept)


def read(path: str, detectors: str) -> tuple[Kept, str]:
    """The state of a file and the digest of its bytes. Raises InputError for anything but a state that this very version wrote."""
    try:
        whole = read_plain(path, MAX_BYTES)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    if len(whole) > MAX_BYTES:
        raise InputError(f"{path}: is larger than any state")
    if not whole.startswith(MAGIC):
        version = whole.startswith(b"onesec state ")
        raise InputError(f"{path}: is {'a state of another version' if version else 'no state'} of onesec")
    digest, _, body = whole[len(MAGIC) :].partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise InputError(f"{path}: is damaged or cut: its digest is not that of what it holds")
    try:
        kept = _decoder.decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError, ValueError) as error:
        raise InputError(f"{path}: is no state of onesec ({str(error)[:200]})") from None
    if kept.detectors != detectors:
        raise InputError(
            f"{path}: was written by another version of the detectors, which remembers other things; begin anew"
        )
    return kept, hashlib.sha256(whole).hexdigest()


def write(path: str, kept: Kept) -> None:
    """Write a state; whoever reads the file meets the old one or the new one, never a part."""
    body = msgspec.msgpack.encode(kept)
    digest = hashlib.sha256(body).hexdigest().encode()
    folder = Path(path).parent
    try:
        handle, name = tempfile.mkstemp(prefix=".onesec-", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(MAGIC + digest + b"\n" + body)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}") from None
