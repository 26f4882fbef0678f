"""Secrets: hidden in whatever form and in whatever pieces they come."""

import base64
import json
import shlex
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.masking import Secrets, forms

MASK = "***"
SECRET = 'ghp_"S3cr/et+π\\tok en\n42'
ALPHABET = "abABxy12 \n\"'\\/+=_-%π"
values = st.text(ALPHABET, min_size=6, max_size=30).filter(lambda text: len(text.strip()) >= 6)


def behind(before, value):
    """Return base64 of a value with something before and after it, without what follows the value."""
    whole = (before + value).encode()
    return base64.b64encode(whole + b"~~~").decode()[: len(whole) * 8 // 6]


FORMS = {
    "as it is": lambda value: value,
    "base64": lambda value: base64.b64encode(value.encode()).decode().rstrip("=")[:-1],
    "base64 behind one byte": lambda value: behind("x", value)[2:],
    "base64 behind two bytes": lambda value: behind("x:", value)[3:],
    "base64 for addresses": lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")[:-1],
    "hexadecimal": lambda value: value.encode().hex(),
    "HEXADECIMAL": lambda value: value.encode().hex().upper(),
    "JSON": lambda value: json.dumps(value)[1:-1],
    "JSON with its letters": lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    "JSON in JSON": lambda value: json.dumps(json.dumps(value)[1:-1])[1:-1],
    "an address": lambda value: quote(value, safe=""),
    "a path": quote,
    "a form": quote_plus,
    "a shell": lambda value: shlex.quote(value)[1:-1],
    "Python": lambda value: repr(value)[1:-1],
}


def streamed(secrets, text, cuts):
    """Return what a stream shows of a text that comes in pieces."""
    data, stream = text.encode(), secrets.stream()
    ends = sorted({cut % (len(data) + 1) for cut in cuts} | {len(data)})
    begins = [0, *ends[:-1]]
    shown = b"".join(stream.feed(data[a:b]) for a, b in zip(begins, ends, strict=True))
    return (shown + stream.end()).decode()


@given(
    found=st.lists(values, min_size=1, max_size=3),
    parts=st.lists(st.one_of(st.integers(0, 2), st.text(ALPHABET, max_size=12)), max_size=8),
    cuts=st.lists(st.integers(0, 400), max_size=12),
)
def test_no_secret_comes_through_however_the_text_is_cut(found, parts, cuts):
    """Also where secrets overlap, and nothing of the result depends on the pieces."""
    text = "".join(found[part % len(found)] if isinstance(part, int) else part for part in parts)
    secrets = Secrets(found)
    for shown in (secrets.text(text), streamed(secrets, text, cuts)):
        assert not any(value.strip() in shown for value in found)
    # What the last piece begins may be hidden although it never became a secret.
    ended = text + "\n~"
    assert streamed(secrets, ended, cuts) == secrets.text(ended)


def test_what_is_hidden_stays_so_while_it_may_begin_another_form():
    """Piece by piece: the end of one secret is the beginning of its quoted form."""
    secrets = Secrets(["'1111\"\\"])
    text = "'1111\"\\" * 3 + "\n~"
    for first in range(len(text)):
        assert streamed(secrets, text, [first, first + 1]) == secrets.text(text)


@given(text=st.text(max_size=200), cuts=st.lists(st.integers(0, 800), max_size=12))
def test_a_text_without_secrets_stays_as_it_is(text, cuts):
    """Whatever the pieces, and with no secret at all."""
    text = text.encode(errors="replace").decode() + "\n"
    secrets = Secrets(["s3cret~~~", "t0ken~~~"])
    if not any(form.decode() in text for value in ("s3cret~~~", "t0ken~~~") for form in forms(value)):
        assert streamed(secrets, text, cuts) == secrets.text(text) == text
    assert streamed(Secrets(), text, cuts) == text


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_is_hidden_wherever_it_is_cut(form):
    """Quoted, escaped or encoded, split at every byte."""
    written = form(SECRET)
    text = f"before {written} after"
    for cut in range(len(text.encode()) + 1):
        shown = streamed(Secrets([SECRET]), text, [cut])
        assert written not in shown
        assert shown.startswith("before ")
        assert shown.endswith(" after")


def test_long_secrets_are_hidden_line_by_line_and_in_lines_of_base64():
    """A key as programs print it: indented, and wrapped at either length."""
    rows = [base64.b64encode(bytes([row]) * 48).decode() for row in range(12)]
    key = "-----BEGIN KEY-----\n" + "\n".join(rows) + "\n-----END KEY-----\n"
    secrets = Secrets([key])
    indented = "\n".join(f"    {line}" for line in key.splitlines())
    assert set(secrets.text(indented).split()) == {MASK}
    encoded = base64.b64encode(key.encode()).decode()
    for width in (64, 76):
        lines = [encoded[at : at + width] for at in range(0, len(encoded), width)]
        assert secrets.text("\n".join(lines[:-1])) == "\n".join([MASK] * (len(lines) - 1))


def test_a_short_value_is_no_secret_and_hides_nothing():
    """It would be hidden in the middle of words."""
    secrets = Secrets(["true", "  yes  ", ""])
    assert not secrets
    assert secrets.text("this is true") == "this is true"


def test_what_the_last_piece_begins_is_hidden_from_a_few_characters_on():
    """A program that is ended while it prints its token shows nothing of it."""
    secrets = Secrets(["ghp_0123456789"])
    assert streamed(secrets, "token: ghp_01234567", []) == f"token: {MASK}"
    assert streamed(secrets, "a sigh: ghp", []) == "a sigh: ghp"


def test_a_line_is_shown_at_once_unless_its_end_may_be_the_beginning_of_a_secret():
    """Nobody waits for the next line to see this one."""
    stream = Secrets(["ghp_0123456789"]).stream()
    assert stream.feed(b"building\n") == b"building\n"
    assert stream.feed(b"using ghp_01") == b"using "
    assert stream.feed(b"23 as a name\n") == b"ghp_0123 as a name\n"
    assert stream.end() == b""


def test_of_very_many_secrets_those_are_hidden_that_were_used_last():
    """Tokens that live for an attempt do not pile up."""
    secrets = Secrets(["the first one"])
    for number in range(limits.SECRETS - 1):
        secrets.add([f"token number {number}"])
    secrets.add(["the first one"])
    secrets.add(["the last one"])
    assert secrets.text("the first one, the last one") == f"{MASK}, {MASK}"
    assert not secrets.hides("token number 0.")
    assert secrets.hides("token number 1.")


def test_a_secret_that_becomes_known_is_hidden_from_then_on():
    """In every output that is being read."""
    secrets = Secrets()
    stream = secrets.stream()
    assert stream.feed(b"a later one\n") == b"a later one\n"
    secrets.add(["a later one"])
    assert stream.feed(b"a later one\n") == b"***\n"
