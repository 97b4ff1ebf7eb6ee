"""What the machine under us is like: disk, file system, permissions, installed parts."""

import importlib.util
import shutil
import stat
from pathlib import Path

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.sshfs", "glusterfs"}
)
"""A lock on these may be a promise to nobody, and SQLite's WAL needs shared memory that they do not have."""

_MOUNTS = Path("/proc/self/mounts")


def free_mb(folder: Path) -> int:
    """Free megabytes where a folder is, or will be."""
    return shutil.disk_usage(_existing(folder)).free // (1024 * 1024)


def file_system(folder: Path) -> str | None:
    """The kind of file system a folder lies on; None where the system does not tell (only Linux does)."""
    try:
        mounts = [line.split() for line in _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        return None
    place = _existing(folder)
    around = [
        (len(mount[1]), mount[2]) for mount in mounts if len(mount) > 2 and place.is_relative_to(_unescaped(mount[1]))
    ]
    return max(around)[1] if around else None


def is_open_to_others(file: Path) -> bool:
    return bool(file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def has_argon2() -> bool:
    return importlib.util.find_spec("argon2") is not None


def _existing(folder: Path) -> Path:
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return place.resolve()


def _unescaped(mount_point: str) -> str:
    return mount_point.replace("\\040", " ")
