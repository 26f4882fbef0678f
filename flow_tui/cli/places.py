"""What can be said of a workflow by looking at its name, before anything is loaded."""


def names_file(workflow: str) -> bool:
    """Say whether a file is meant, and not the name of a workflow."""
    return "/" in workflow or workflow.endswith(".wf")
