"""How long news is on its way from the engine to the screen."""

from datetime import datetime, timedelta


class Lag:
    """Knows how old the newest event was when it was taken in; says so once a second, to be readable."""

    def __init__(self) -> None:
        self.told: timedelta | None = None
        """How old that was; nothing before the first."""
        self._newest: timedelta | None = None

    def note(self, happened: datetime, now: datetime) -> None:
        """Know that what happened then is taken in ``now``."""
        self._newest = max(timedelta(), now - happened)

    def tick(self) -> None:
        """Begin another second."""
        self.told = self._newest
