"""What can be said of a workflow by looking at its name and at folders, before anything is loaded."""

from pathlib import Path


def names_file(workflow: str) -> bool:
    """Say whether a file is meant, and not the name of a workflow."""
    return "/" in workflow or workflow.endswith(".wf")


def env_prefixes(workflow: str) -> tuple[str, ...]:
    """Return under which names the inputs of a workflow reach the environment of its steps."""
    start = Path(workflow).absolute().parent if names_file(workflow) else Path.cwd()
    for folder in (start, *start.parents):
        if (folder / ".conductor").is_dir():
            return ("FLOW_", "CONDUCTOR_")
        if (folder / ".flow").is_dir():
            break
    return ("FLOW_",)
