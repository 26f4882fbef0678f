"""What agents have used up, in a few words."""

from collections.abc import Mapping

from flow_tui.model.state import StepState

_IN = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


def of_attempt(step: StepState, index: int) -> Mapping[str, float]:
    """Return what the attempt at ``index`` has used up, as far as is known now."""
    if not -len(step.attempts) <= index < len(step.attempts):
        return {}
    attempt = step.attempts[index]
    if attempt is step.attempts[-1] and step.output is not None and step.output.metrics:
        return step.output.metrics
    return attempt.used or attempt.metrics


def of_step(step: StepState) -> Mapping[str, float]:
    """Return what all attempts of a step have used up, as far as is known now."""
    whole: dict[str, float] = {}
    for index in range(len(step.attempts)):
        for name, amount in of_attempt(step, index).items():
            whole[name] = whole.get(name, 0) + amount
    return whole


def brief(metrics: Mapping[str, float]) -> tuple[str, str]:
    """Return tokens and cost in a few cells: ``1.2k tok`` and ``$0.04``; nothing where unknown."""
    tokens = sum(metrics.get(name, 0) for name in (*_IN, "output_tokens"))
    return f"{_thousands(tokens)} tok" if tokens else "", _dollars(metrics.get("cost_usd", 0))


def _dollars(cost: float) -> str:
    return f"${cost:.2f}" if cost >= 0.01 else f"${cost:.4f}" if cost else ""


def told(metrics: Mapping[str, float]) -> str:
    """Return turns, tokens and cost, as far as they are known; nothing for what is no agent's work."""
    taken, given = sum(metrics.get(name, 0) for name in _IN), metrics.get("output_tokens", 0)
    turns, cost = metrics.get("num_turns", 0), metrics.get("cost_usd", 0)
    parts = (
        f"{turns:.0f} turn{'' if turns == 1 else 's'}" if turns else "",
        f"{_thousands(taken)} tokens in" if taken else "",
        f"{_thousands(given)} out" if given else "",
        _dollars(cost),
    )
    return ", ".join(filter(None, parts))


def _thousands(count: float) -> str:
    """Return a count with three digits or a few more: ``950``, ``12.3k``, ``1.20M``."""
    if count < 1_000:
        return f"{count:.0f}"
    return f"{count / 1_000:.1f}k" if count < 999_950 else f"{count / 1_000_000:.2f}M"
