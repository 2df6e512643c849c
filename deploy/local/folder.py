"""The data folder: who may use it now, and the keys that live in it."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from deploy.local.errors import CannotRun


class Lock:
    """One run per data folder. The kernel lets go of it when a process dies, so a stale file stops nobody."""

    def __init__(self, data: Path) -> None:
        self._path = data / "lock"
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Take the folder for this process. Raises CannotRun naming the process that has it."""
        while True:
            file = self._path.open("a+")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.seek(0)
                holder = file.read().strip() or "another process"
                file.close()
                raise CannotRun(
                    f"{self._path.parent} is in use by process {holder}. "
                    "Stop that one, or choose another folder with DATA=..."
                ) from None
            if self._path.exists() and os.path.samestat(self._path.stat(), os.fstat(file.fileno())):
                break
            file.close()  # its holder removed it between our open and our lock
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Let go and leave no file behind. Harmless when not held."""
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            self._file.close()
            self._file = None


def service_key(data: Path) -> tuple[str, str]:
    """The gateway's Ed25519 key for service tokens (private PEM, public PEM), made once and kept."""
    key = _kept(data / "keys" / "service.pem", ed25519.Ed25519PrivateKey.generate)
    return _private_pem(key), public_pem(key)


def issuer_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The development issuer's ES256 signing key, made once and kept."""
    key = _kept(path, lambda: ec.generate_private_key(ec.SECP256R1()))
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CannotRun(f"{path} is not an elliptic curve key. Move it away and start again to get a new one.")
    return key


def public_pem(key: PrivateKeyTypes) -> str:
    """The public half, as PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _private_pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _kept(path: Path, make: Callable[[], PrivateKeyTypes]) -> PrivateKeyTypes:
    """The key in that file; a new one the first time, readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(_private_pem(make()))
    return load_pem_private_key(path.read_bytes(), password=None)
