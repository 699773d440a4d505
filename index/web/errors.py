"""Why something was not read from the web, where whoever asked should act differently."""

from index.errors import ReadError

NO_URL = (ValueError, IndexError)
"""What yarl raises for text that is no URL: also the second, for "http://[::1]@" and its like."""


class RefusedError(ReadError):
    """The address must not be connected to, by our own rules."""


class StatusError(ReadError):
    """The server answered with a status that is not a document, ``status``, and trying again soon will not help."""

    def __init__(self, user_message: str, status: int) -> None:
        super().__init__(user_message)
        self.status = status


class Gone(StatusError):  # noqa: N818
    """The server says that there is no such document, or none any more (404, 410)."""


class UnavailableError(ReadError):
    """The server is in trouble or cannot be reached. ``seconds`` is how long it asks to be left alone, if it does."""

    retryable = True

    def __init__(self, user_message: str, seconds: float | None = None) -> None:
        super().__init__(user_message)
        self.seconds = seconds
