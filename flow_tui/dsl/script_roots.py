"""Where the first word of a script may lie in a project."""

FOLDERS = (".flow", ".conductor")


def script_names(word: str) -> tuple[str, ...]:
    """Return the files, relative to the root, that ``word`` may mean, the first that exists winning."""
    return (word.removeprefix("./"), *(f"{base}/scripts/{word}" for base in FOLDERS))
