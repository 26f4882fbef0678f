"""The page about what comes with the program."""

from docs.make_language import page as language
from docs.make_providers import PAGE, page
from flow_tui.dsl.providers import LOOKING_GATES, PROVIDERS
from flow_tui.dsl.reference import find, topics
from flow_tui.dsl.shipped import SHIPPED
from flow_tui.providers import providers
from flow_tui.resolvers import RESOLVERS


def test_the_page_is_what_the_program_says(update_cases: bool) -> None:
    """`make cases` would change nothing."""
    if update_cases:
        PAGE.write_text(page(), encoding="utf-8")
    assert page() == PAGE.read_text(encoding="utf-8"), "python -m docs.make_providers writes it anew"


def test_what_the_checker_knows_is_what_runs() -> None:
    """No provider and no gate without its rules, no rules without one that follows them."""
    assert providers(lambda _: ()).keys() == PROVIDERS.keys()
    assert RESOLVERS.keys() == LOOKING_GATES.keys()


def test_help_knows_everything_by_its_name() -> None:
    """Providers and gates have a topic, actions a page of their own; the page leads to all of them."""
    for name in PROVIDERS:
        assert find(name) == topics()["items"]
        assert f"`over = {name}`" in topics()["items"].text
    for name in LOOKING_GATES:
        assert find(name) == topics()["gates"]
        assert f"`gate {name}`" in topics()["gates"].text
    for name in SHIPPED:
        assert getattr(find(name), "name", "") == f"call {name}"
    for heading in ("items", "gates", "call echo"):
        assert f"\n## {heading}\n" in language()
