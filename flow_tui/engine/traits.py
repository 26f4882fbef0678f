"""What can be said of runs when some of them are looked for."""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.model.values import RunSummary

Order: TypeAlias = Literal["newest", "longest", "workflow", "worst", "dearest"]
"""Which runs come first; among equals, the newest."""
RESUMED = "resume"
"""Of what is said to have begun a run, the word for those that were made to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Some of what runs may have in common; nothing, unless something is said."""

    workflows: frozenset[str] = frozenset()
    standings: frozenset[str] = frozenset()
    """As people are told: the word for a status, or ``interrupted``."""
    triggers: frozenset[str] = frozenset()
    texts: tuple[str, ...] = ()
    """Each, in small letters, somewhere in the name, the id, the error or the inputs."""
    inputs: tuple[tuple[str, str], ...] = ()

    def all_hold(self, run: RunSummary, standing: str) -> bool:
        """Say whether ``run`` is so: any of the words of each kind, but all of the texts and inputs."""
        return (
            (not self.workflows or run.workflow in self.workflows)
            and (not self.standings or standing in self.standings)
            and (not self.triggers or not self.triggers.isdisjoint(run.triggers))
            and self.all_said(words(run), run.inputs)
        )

    def any_holds(self, run: RunSummary, standing: str) -> bool:
        """Say whether ``run`` has any of this."""
        return (
            run.workflow in self.workflows
            or standing in self.standings
            or not self.triggers.isdisjoint(run.triggers)
            or self.any_said(words(run), run.inputs)
        )

    def all_said(self, text: str, inputs: Mapping[str, str]) -> bool:
        """Say whether all texts and inputs are there, of what is said of a run and was given to it."""
        return all(each in text for each in self.texts) and all(
            inputs.get(name) == value for name, value in self.inputs
        )

    def any_said(self, text: str, inputs: Mapping[str, str]) -> bool:
        """Say whether any of the texts or inputs is there."""
        return any(each in text for each in self.texts) or any(
            inputs.get(name) == value for name, value in self.inputs
        )


def words(run: RunSummary) -> str:
    """Return where texts are looked for."""
    return joined(run.workflow, run.title, run.run_id, run.error, run.file, run.inputs.values())


def joined(workflow: str, title: str, run_id: str, error: str, file: str, given: Iterable[str]) -> str:
    """Return these facts of a run as one text in small letters."""
    return "\n".join((workflow, title, run_id, error, file, *given)).lower()
