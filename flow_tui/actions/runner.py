"""Runs one function of a project in a process of its own: ``runner.py FOLDER FUNCTION``.

``FOLDER`` is the private folder of the attempt: it holds the source and the call, and takes the result. Here
the function can print, start programs, hang or crash as it likes: its words go to the step's output, and all
it leads to ends with the step.
"""

import asyncio
import inspect
import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

if __name__ == "__main__":  # started by its file: the package may not be on the path
    sys.path.append(str(Path(__file__).parents[2]))

from flow_tui.actions.outputs import as_output, as_structured, to_json
from flow_tui.errors import ActionError

SOURCE, CALL, RESULT, WHY = "actions.py", "call.json", "result.json", "why"
"""Names of the files in the attempt's folder."""


class Stop:
    """Tells the function that it should end. Whoever never looks at it is ended at once."""

    def __init__(self, deadline: datetime | None, why: Path) -> None:
        self._why = why
        self.deadline = deadline
        """When the attempt runs out of time."""
        self._asked = False
        self._looked_at = False
        self._reading, self._writing = os.pipe()
        signal.signal(signal.SIGTERM, self._on_term)

    def _on_term(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
        os.write(self._writing, b"!")
        if not self._looked_at:
            os._exit(128 + signal.SIGTERM)

    def is_set(self) -> bool:
        """Say whether to end now."""
        self._looked_at = True
        return self._asked

    def wait(self, seconds: float) -> bool:
        """Sleep that long, or until told to end; return whether told to end."""
        self._looked_at = True
        if not self._asked:
            select.select([self._reading], [], [], max(0.0, seconds))
        return self._asked

    @property
    def reason(self) -> str:
        """Return why to end: ``timeout``, ``fail_fast``, ``user`` and so on; nothing without a reason."""
        if not self._asked:
            return ""
        try:
            return self._why.read_text(encoding="utf-8")
        except OSError:  # somebody else has asked
            return "user"


class Params:
    """What the function is given; the names are those of ``flow_tui.engine.ports.ActionParams``."""

    def __init__(self, call: dict[str, Any], env: dict[str, str], why: Path) -> None:
        with Path(env["FLOW_PARAMS_FILE"]).open(encoding="utf-8") as file:
            self.inputs: dict[str, str] = json.load(file)["variables"]
        self.env = env
        self.schema: str = call["schema"]
        deadline = call.pop("deadline")
        self.stop = Stop(datetime.fromisoformat(deadline) if deadline else None, why)
        self.__dict__.update(call)

    def heartbeat(self) -> None:
        """Give a sign of life."""
        Path(self.env["FLOW_HEARTBEAT_FILE"]).touch()

    def log(self, text: str) -> None:
        """Add a line to the step's output."""
        sys.stdout.write(text.rstrip("\n") + "\n")
        sys.stdout.flush()


def main(folder: Path, function: str) -> int:
    """Run the function and leave its result; return the exit status."""
    call = json.loads((folder / CALL).read_text(encoding="utf-8"))
    name, file = call["name"], call.pop("file")
    try:
        params = Params(call, dict(os.environ), folder / WHY)
        result = _called(_load((folder / SOURCE).read_bytes(), file)[function], params)
        read = as_structured if params.schema else as_output
        said = to_json(read(result, name), name)
    except ActionError as error:
        said = json.dumps({"error": str(error)})
    except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to the attempt
        said = json.dumps({"error": _failure(error, file)})
    draft = folder / f"{RESULT}.new"
    draft.write_text(said, encoding="utf-8")
    draft.rename(folder / RESULT)
    return 1 if "error" in json.loads(said) else 0


def _load(source: bytes, file: str) -> dict[str, Any]:
    module = ModuleType("flow_actions")
    module.__file__ = file
    sys.modules[module.__name__] = module  # where dataclasses and the like look for it
    exec(compile(source, file, "exec"), module.__dict__)  # noqa: S102 - running the project's actions is the purpose
    return module.__dict__


def _called(function: Callable[[Params], object], params: Params) -> object:
    result = function(params)
    if inspect.iscoroutine(result):
        return asyncio.run(result)
    return result


def _failure(error: BaseException, file: str) -> str:
    """Return what an exception says; where it comes from goes to the step's output."""
    if isinstance(error, SystemExit | KeyboardInterrupt):
        return f"the action tried to end the program: {error!r}"
    place = error.__traceback__
    while place is not None and place.tb_frame.f_code.co_filename != file:
        place = place.tb_next  # the way here is of no interest
    traceback.print_exception(type(error), error, place or error.__traceback__)
    said = str(error).strip()
    if isinstance(error, KeyError):  # whose text is the key alone
        return f"KeyError: {said}"
    return said or type(error).__name__


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
