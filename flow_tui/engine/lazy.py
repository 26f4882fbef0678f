"""A mapping that is made when somebody looks into it."""

from collections.abc import Callable, Iterator, Mapping

from typing_extensions import override


class LazyMapping(Mapping[str, str]):
    """Calls ``make`` on first use, then keeps what it gave."""

    def __init__(self, make: Callable[[], Mapping[str, str]]) -> None:
        self._make = make
        self._made: Mapping[str, str] | None = None

    def _all(self) -> Mapping[str, str]:
        if self._made is None:
            self._made = self._make()
        return self._made

    @override
    def __getitem__(self, name: str) -> str:
        return self._all()[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    @override
    def __len__(self) -> int:
        return len(self._all())
