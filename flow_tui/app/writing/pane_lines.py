"""The lines beside and below the editor: the plan with what changes in it, its effect, and the problems."""

from collections.abc import Iterator
from functools import partial

from textual.content import Content

from flow_tui.app import marks
from flow_tui.app.text import plain, short
from flow_tui.app.widgets.entries import Entry
from flow_tui.app.writing.draft import Draft
from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl.diff import Changes, StepChange
from flow_tui.model import ids
from flow_tui.model.ids import StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.sanitize import line
from flow_tui.view import changes as said
from flow_tui.view.glyphs import UNICODE

_COLOURS = {"+": marks.SUCCESS, "-": marks.ERROR, "~": marks.WARNING, "=": marks.FAINT}
_SIGN_COLOURS = {
    "error": marks.ERROR,
    "warning": marks.WARNING,
    "done": marks.SUCCESS,
    "busy": marks.ACCENT,
    "quiet": marks.FAINT,
}
_NAMES = 6
"""So many steps are named where they are told of together."""


def plan(draft: Draft) -> list[Entry]:
    """Return the rows of the last good text, each with what changes in it."""
    good = draft.good
    signs = draft.signs()
    if good is None and draft.run is not None:
        return [*_rows(draft.run.plan, 0, signs)]
    if good is None:
        return [_saying("no good state of it is known yet")]
    if good.changes is None:
        return [*_rows(good.plan or (), 0, signs)]
    return [*_options(good.changes), *_steps(good.changes.body, 0, signs), *_always(good.changes, signs)]


def _saying(text: str) -> Entry:
    return Entry(key="", draw=lambda _: short(f" {text}", style=marks.FAINT))


def _options(changes: Changes) -> Iterator[Entry]:
    for change in changes.options:
        yield Entry(key="", draw=partial(_drawn, "~", "", "", said.said(change), is_block=False))


def _always(changes: Changes, signs: dict[StepPath, tuple[str, str]]) -> Iterator[Entry]:
    if changes.always:
        yield Entry(key="always", draw=partial(_drawn, "=", "", "always", "", is_block=True))
        yield from _steps(changes.always, 1, signs)


def _steps(
    steps: tuple[StepChange, ...], depth: int, signs: dict[StepPath, tuple[str, str]]
) -> Iterator[Entry]:
    for step in steps:
        is_gone = step.mark == "-"
        sign = ("", "") if is_gone else signs.get(StepPath(step.path), ("", ""))
        yield Entry(
            key=f"-{step.path}" if is_gone else step.path,
            draw=partial(
                _drawn,
                step.mark,
                "  " * depth,
                _label(step.kind, step.name),
                "; ".join(said.facts(step)),
                sign=sign,
                is_block=bool(step.children),
            ),
        )
        yield from _steps(step.children, depth + 1, signs)


def _rows(rows: tuple[PlanNode, ...], depth: int, signs: dict[StepPath, tuple[str, str]]) -> Iterator[Entry]:
    for row in rows:
        sign = signs.get(row.path, ("", ""))
        label = row.label if row.children else _label(row.kind, row.name)
        yield Entry(
            key=row.path,
            draw=partial(_drawn, " ", "  " * depth, label, "", sign=sign, is_block=bool(row.children)),
        )
        yield from _rows(row.children, depth + 1, signs)


def _label(kind: str, name: str) -> str:
    words = {"call_workflow": "call workflow", "for_each": "foreach", "do_while": "do … while"}
    return f"{words.get(kind, kind)} {line(name, 60)}".rstrip()


def _drawn(
    mark: str,
    indent: str,
    label: str,
    facts: str,
    _width: int,
    *,
    sign: tuple[str, str] = ("", ""),
    is_block: bool,
) -> Content:
    """Return a row: its mark, how it stands, what it is, and what is different."""
    kind, _, name = label.partition(" ")
    colour = _COLOURS.get(mark, marks.FAINT)
    glyph = sign[0] or (UNICODE.unfolded if is_block else UNICODE.dot if mark != "-" else " ")
    is_gone = mark == "-"
    return Content.assemble(
        (f"{mark} ", colour),
        indent,
        (f"{glyph} ", _SIGN_COLOURS.get(sign[1], marks.FAINT)),
        (kind, marks.FAINT),
        *([" ", (plain(name).plain, "strike" if is_gone else "")] if name else ()),
        *([(f"  {plain(facts).plain}", colour)] if facts else ()),
    )


def effect(draft: Draft) -> list[Content]:
    """Return what the next run would do, and what becomes of the one on screen."""
    run, foreseen = draft.run, draft.foreseen
    changes = draft.good.changes if draft.good is not None else None
    if run is None:
        told = said.counted(changes) if changes is not None else "nothing known"
        return [Content.assemble(("Against the file  ", marks.FAINT), told)]
    name = ids.short(run.run_id)
    found: list[Content] = []
    if not run.is_stopped:
        found.append(
            Content.assemble((f"{name} goes on as it began  ", marks.FAINT), "nothing changes in it")
        )
    if foreseen is None:
        told = said.counted(changes) if changes is not None else "nothing known"
        return [*found, Content.assemble((f"Against {name}  ", marks.FAINT), told)]
    total = len(foreseen.again) + len(foreseen.kept)
    found.append(_named("Runs again", foreseen.again, f"{len(foreseen.again)} of {total}", marks.WARNING))
    found.append(_named("Reused", foreseen.kept, f"from {name}", marks.SUCCESS))
    if foreseen.why:
        found.append(Content.assemble(("Because  ", marks.FAINT), short(foreseen.why, 160)))
    return found


def _named(what: str, names: tuple[str, ...], beside: str, colour: str) -> Content:
    if not names:
        return Content.assemble((f"{what}  ", marks.FAINT), "nothing")
    more = f" … {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    shown = ", ".join(line(name, 40) for name in names[:_NAMES])
    return Content.assemble(
        (f"{what}  ", marks.FAINT), (shown + more, colour), (f"  ({beside})", marks.FAINT)
    )


def problems(found: tuple[Diagnostic, ...], trouble: str = "") -> list[Entry]:
    """Return what is wrong, each with its place."""
    if trouble:
        return [Entry(key="", draw=lambda _: short(f" {trouble}", 300, marks.WARNING))]
    if not found:
        return [_saying("none")]
    wide = max(len(_place(each)) for each in found)
    return [Entry(key=str(at), draw=partial(_problem, each, wide)) for at, each in enumerate(found)]


def _place(each: Diagnostic) -> str:
    return f"{each.span.line}:{each.span.column}"


def _problem(each: Diagnostic, wide: int, _width: int) -> Content:
    mark, colour = ("✗", marks.ERROR) if each.is_error else ("!", marks.WARNING)
    hint = f"  {line(each.hint, 200)}" if each.hint else ""
    return Content.assemble(
        (f"{mark} ", colour),
        (f"{_place(each):<{wide}}  ", marks.FAINT),
        short(each.message, 200),
        (hint, marks.FAINT),
        (f"  {each.code}", marks.FAINT),
    )
