"""What all tests share: how hard properties are tried, and a state folder of their own."""

import gc
import os
import signal
import sys
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import is_hypothesis_test as is_property
from hypothesis.internal.conjecture import providers

from flow_tui.cli.main import YOUNG_AND_OLD

_EXAMPLES = {"check": 300, "nightly": 10_000}
_PROPERTY_TIMEOUT = {"check": 120, "nightly": 1_200}

# How fast this machine draws examples says nothing about the program.
_SLOW_IS_FINE = (HealthCheck.too_slow,)

settings.register_profile(
    "check",
    max_examples=_EXAMPLES["check"],
    derandomize=True,
    deadline=None,
    suppress_health_check=_SLOW_IS_FINE,
)
settings.register_profile(
    "nightly",
    max_examples=_EXAMPLES["nightly"],
    deadline=None,
    print_blob=True,
    suppress_health_check=_SLOW_IS_FINE,
)

PROFILE = "nightly" if os.environ.get("FLOW_TUI_TESTS") == "nightly" else "check"
settings.load_profile(PROFILE)
# What a shell starts in the background ignores Ctrl-C, and so would all that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# As the program sets it: else a third of the time of every screen goes into looking through what stays.
gc.set_threshold(*YOUNG_AND_OLD)
# Some machines forbid to write bytecode, and then every start of the program compiles the program anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
if PROFILE == "check":
    # Else the constants of whatever modules a process happens to have imported would be among the examples,
    # and the same commit would pass or fail by how the tests are spread over processes.
    providers._get_local_constants = lambda: providers._local_constants


def tried(times: int, *, by_night: int = _EXAMPLES["nightly"]) -> settings:
    """Return so many examples for a property of what takes long; by night, all, or as many as it is worth."""
    return settings(max_examples=times if PROFILE == "check" else by_night)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know ``--update-cases``."""
    parser.addoption(
        "--update-cases", action="store_true", help="write what the program says now into tests/cases"
    )


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Start one worker more than there are processors: some test always waits for a process or the clock."""
    workers = yield
    return workers + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every property test a time limit of its own, unless it names one."""
    for item in items:
        if is_property(getattr(item, "obj", None)) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_PROPERTY_TIMEOUT[PROFILE]))


@pytest.fixture(scope="session")
def update_cases(request: pytest.FixtureRequest) -> bool:
    """Return whether expected texts are to be rewritten."""
    return bool(request.config.getoption("--update-cases"))


@pytest.fixture(scope="session", autouse=True)
def private_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep every test away from the state and the settings of whoever runs it, and from their terminal."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("FLOW_", "CONDUCTOR_"))]:
            if name != "FLOW_TUI_TESTS":
                patch.delenv(name)
        for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "CI"):
            patch.delenv(name, raising=False)
        patch.setenv("FLOW_TUI_STATE", str(home / "state"))
        patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
        patch.setenv("XDG_STATE_HOME", str(home / "xdg-state"))
        patch.setenv("TERM", "xterm-256color")
        yield


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let programs that a test starts load only what they load by themselves: measuring loads a database."""
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)
