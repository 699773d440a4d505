"""What is only installed on request."""

from importlib.util import find_spec

from index.errors import UsageError

EXTRA = "eval"


def needed(module: str, wanted_by: str, extra: str = EXTRA) -> None:
    """Raises UsageError saying what to install if ``module`` is not there."""
    if find_spec(module) is None:
        raise UsageError(f"{wanted_by} needs {module}, which is not installed; run: pip install 'legation[{extra}]'")
