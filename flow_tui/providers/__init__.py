"""Item providers for ``foreach`` that need nothing but the project."""

from collections.abc import Mapping

from flow_tui.engine.ports import ItemProvider
from flow_tui.providers.files import Files
from flow_tui.providers.json_items import JsonItems
from flow_tui.providers.lines import Lines
from flow_tui.providers.numbers import Numbers

PROVIDERS: Mapping[str, ItemProvider] = {
    "files": Files(),
    "json": JsonItems(),
    "lines": Lines(),
    "range": Numbers(),
}
"""By the word after ``over``; what each of them takes is in :mod:`flow_tui.dsl.providers`."""
