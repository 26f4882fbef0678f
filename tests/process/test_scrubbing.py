"""What programs leave for us to read holds no secrets afterwards."""

import os
import stat

from flow_tui import limits
from flow_tui.masking import Secrets
from flow_tui.process.scrubbing import scrub

SECRETS = Secrets(["tok_0123456789"])


def test_secrets_are_hidden_in_every_file_and_nothing_else_changes(tmp_path):
    """In folders inside, too; a file keeps its mode, and one without secrets its time."""
    (tmp_path / "inside").mkdir()
    for name in ("output", "inside/more"):
        (tmp_path / name).write_bytes(b"\xffa tok_0123456789 b\n")
    (tmp_path / "output").chmod(0o600)
    (tmp_path / "plain").write_text("nothing")
    os.utime(tmp_path / "plain", (1, 1))
    scrub(tmp_path, SECRETS)
    for name in ("output", "inside/more"):
        assert (tmp_path / name).read_bytes() == b"\xffa *** b\n"
    assert stat.S_IMODE((tmp_path / "output").stat().st_mode) == 0o600
    assert (tmp_path / "plain").stat().st_mtime == 1
    scrub(tmp_path / "gone", SECRETS)


def test_what_cannot_be_looked_at_is_removed_and_nothing_outside_is_touched(tmp_path, monkeypatch):
    """A pipe, a link, a file that is closed to us or very large."""
    monkeypatch.setattr(limits, "SCRUBBED_BYTES", 20)
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.write_text("tok_0123456789")
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "link to folder").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    (folder / "large").write_text("tok_0123456789" * 2)
    (folder / "right").write_text("tok_0123456789")
    scrub(folder, SECRETS)
    assert outside.read_text() == "tok_0123456789"
    assert sorted(file.name for file in folder.iterdir()) == ["link to folder", "right"]
    assert (folder / "right").read_text() == "***"
