"""The private files beside the store: output, and what is exchanged with programs."""

import errno
import hashlib
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from flow_tui import limits
from flow_tui.dsl.files import read
from flow_tui.errors import StoreDamagedError, StoreFullError
from flow_tui.masking import Secrets
from flow_tui.model.ids import RunId, StepPath, file_name
from flow_tui.process.program import PARAMS_FILE
from flow_tui.process.scrubbing import scrub
from flow_tui.process.spool import FileSpool

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MORE = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE}
PROMPT_FILE = "prompt.md"
"""In the folder of an attempt: what its agent was told."""
HELD_FILE = "held.json"
"""In the same: what a step that is held at a breakpoint is made of."""
RUN_LOG = "run.log"
"""What happened around a run, beside the folders of its steps."""
_HANDED_OVER = ("output", "result.json", "result.json.new")
"""What programs and functions write for us to read."""
_TOP = "body"
"""What stands for a path without parts."""


class FolderWorkspace:
    """Keeps them in a folder that nobody else can look into."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._top = str(self._folder)

    def log_file(self, run_id: RunId, path: StepPath, attempt: int) -> Path:
        """Return where the output of an attempt is, or will be."""
        return self._step_folder(run_id, path) / f"{attempt}.log"

    def run_folder(self, run_id: RunId) -> Path:
        """Return where everything that is kept of a run is."""
        return self._folder / "runs" / _safe(run_id)

    def note(self, run_id: RunId, text: str) -> None:
        """Add a line to the run's own log."""
        folder = self.run_folder(run_id)
        self._make(folder)
        descriptor = os.open(folder / RUN_LOG, _MORE, 0o600)
        with os.fdopen(descriptor, "a", errors="backslashreplace") as opened:
            opened.write(f"{text}\n")

    def spool(self, run_id: RunId, path: StepPath, attempt: int) -> FileSpool:
        """Return a spool for the output of an attempt; it goes on after what is there already."""
        file = self.log_file(run_id, path, attempt)
        self._make(file.parent)
        return FileSpool(file)

    def printed(self, run_id: RunId, path: StepPath, attempt: int) -> bytes:
        """Return what an attempt has printed; raises ``UnreadableError`` where that is too much."""
        file = self.log_file(run_id, path, attempt)
        return read(file) if file.exists() else b""

    def prompt_file(self, run_id: RunId, path: StepPath, attempt: int) -> Path:
        """Return where the prompt of an attempt is, if an agent worked on it."""
        return self._place(run_id, path, attempt) / PROMPT_FILE

    def folder(self, run_id: RunId, path: StepPath, attempt: int) -> Path:
        """Return a private folder for the files that an attempt exchanges with its program."""
        made = self._place(run_id, path, attempt)
        self._make(made)
        return made

    def tidy(self, run_id: RunId, path: StepPath, attempt: int, secrets: Secrets) -> None:
        """Hide secrets in the folder of an attempt that is over, and keep no large parameters in it.

        They hold what every step before has left: those of all steps together would grow with the square of
        their number.
        """
        place = self._place(run_id, path, attempt)
        if secrets:
            scrub(place, secrets)
        parameters = place / PARAMS_FILE
        with suppress(OSError):
            if parameters.stat().st_size > limits.PARAMS_KEPT_BYTES:
                parameters.unlink()

    def discard(self, run_id: RunId, path: StepPath, attempt: int) -> None:
        """Remove what a program that was cut short was to hand over, unread."""
        for name in _HANDED_OVER:
            with suppress(OSError):
                (self._place(run_id, path, attempt) / name).unlink()

    def _place(self, run_id: RunId, path: StepPath, attempt: int) -> Path:
        beside = self._step_folder(run_id, path)  # and not inside: a step that says nothing has only this one
        return beside.with_name(f"{beside.name}.{attempt}.d")

    def copy(self, digest: str, content: bytes, name: str) -> Path:
        """Return a private executable file that holds ``content``."""
        file = self._folder / "programs" / _safe(digest) / _safe(Path(name).name)
        self._make(file.parent)
        try:
            if not _holds(file, content):
                _put(file, content)
        except OSError as error:
            raise _refusal(file, error) from error
        return file

    def forget(self, run_id: RunId) -> None:
        """Remove everything that was kept for a run."""
        folder = self._folder / "runs" / _safe(run_id)
        try:
            with suppress(FileNotFoundError):
                shutil.rmtree(folder)  # does not follow links
        except OSError as error:
            raise _refusal(folder, error) from error

    def _step_folder(self, run_id: RunId, path: StepPath) -> Path:
        return self._folder / "runs" / _safe(run_id) / _safe(file_name(path) or _TOP)

    def _make(self, folder: Path) -> None:
        """Make a folder below ours, and all between, for nobody but us, whatever the umask."""
        try:
            _make_one(self._top)
            place = self._top
            for name in folder.relative_to(self._folder).parts:
                place = f"{place}/{name}"
                _make_one(place)
        except OSError as error:
            raise _refusal(folder, error) from error


def _make_one(place: str) -> None:
    try:
        found = os.lstat(place)
    except FileNotFoundError:
        Path(place).mkdir(parents=True, exist_ok=True, mode=0o700)
        found = os.lstat(place)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise StoreDamagedError(place, "it is not a folder of our own")
    if stat.S_IMODE(found.st_mode) != 0o700:
        Path(place).chmod(0o700)


def _safe(name: str) -> str:
    """Return ``name`` if it can be a file's name, else something that stands for it."""
    is_fine = name not in {"", ".", ".."} and "/" not in name and "\0" not in name
    if is_fine and len(os.fsencode(name)) <= 200:
        return name
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()


def _holds(file: Path, content: bytes) -> bool:
    """Say whether a file is ours, private and holds this; whatever else is there goes away."""
    try:
        descriptor = os.open(file, _READ)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno not in {errno.ELOOP, errno.EMLINK}:
            raise
        file.unlink()
        return False
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        is_ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
        if is_ours and found.st_size == len(content) and opened.read() == content:
            os.fchmod(descriptor, 0o700)
            return True
    file.unlink()
    return False


def _put(file: Path, content: bytes) -> None:
    """Write a file under another name first, so that nobody executes half of it."""
    draft = file.with_name(f".{os.getpid()}.{file.name}"[:200])
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, _NEW, 0o700), "wb") as opened:
        opened.write(content)
        os.fchmod(opened.fileno(), 0o700)
    draft.replace(file)


def _refusal(file: Path, error: OSError) -> StoreFullError | StoreDamagedError:
    if error.errno in _FULL:
        return StoreFullError(f"{file}: {error.strerror}")
    return StoreDamagedError(str(file), error.strerror or str(error))


def write_private(file: Path | str, text: str) -> None:
    """Write a file that only its owner can read."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        rest = memoryview(text.encode())
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)
