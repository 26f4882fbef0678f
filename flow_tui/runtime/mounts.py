"""Where the system tells of changes, and where it does not: by the kind of file system."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, TypeAlias

from flow_tui.dataclass import dataclass

Tells: TypeAlias = Literal["all", "some", "none"]
"""Whether changes are told: those of everybody, perhaps not those of others, or none."""

_TABLE = Path("/proc/self/mountinfo")
_ALL = frozenset(
    [
        "apfs",
        "bcachefs",
        "btrfs",
        "erofs",
        "exfat",
        "ext2",
        "ext3",
        "ext4",
        "f2fs",
        "hfsplus",
        "jfs",
        "ntfs3",
        "overlay",
        "ramfs",
        "reiserfs",
        "squashfs",
        "tmpfs",
        "ubifs",
        "vfat",
        "xfs",
        "zfs",
    ]
)
_NONE = frozenset(
    [
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "drvfs",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "fuse.vmhgfs-fuse",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "prl_fs",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
    ]
)
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A file system, and where it begins."""

    at: str
    kind: str

    @property
    def tells(self) -> Tells:
        """Return whether changes in it are told."""
        return "all" if self.kind in _ALL else "none" if self.kind in _NONE else "some"


def mounts(table: str) -> tuple[Mount, ...]:
    """Return what Linux says of its file systems, the deepest first."""
    found: list[Mount] = []
    for line in table.splitlines():
        before, dash, after = line.partition(" - ")
        words, kinds = before.split(" "), after.split(" ")
        if dash and len(words) > 4:
            at = _OCTAL.sub(lambda code: chr(int(code[1], 8)), words[4])
            found.append(Mount(at=at.rstrip("/"), kind=kinds[0]))
    # of two in the same place the later one covers the other
    found.reverse()
    return tuple(sorted(found, key=lambda mount: -len(mount.at)))


def here() -> tuple[Mount, ...]:
    """Return the file systems of this machine; none where it does not say."""
    try:
        return mounts(_TABLE.read_text("utf-8", "surrogateescape"))
    except OSError:
        return ()


def worst(folders: Iterable[Path], known: tuple[Mount, ...]) -> Mount | None:
    """Return the file system of these folders that tells least; nothing where all is told, or not known."""
    found = {mount for mount in (_around(str(folder), known) for folder in folders) if mount is not None}
    order: tuple[Tells, ...] = ("none", "some")
    return next((mount for tells in order for mount in found if mount.tells == tells), None)


def _around(folder: str, known: tuple[Mount, ...]) -> Mount | None:
    return next((mount for mount in known if f"{folder}/".startswith(f"{mount.at}/")), None)
