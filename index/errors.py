"""Every way in which Legation can fail, one class a cause.

A class carries what its readers need: one sentence for the person who asked, whether trying again
can help, and the exit code of the command line. Errors of other libraries are translated into
these where they are called, and nowhere else.
"""


class LegationError(Exception):
    """Base of all errors that a person may see.

    ``user_message`` is one sentence, without traceback, path of a temporary file or secret.
    """

    exit_code = 1
    retryable = False

    def __init__(self, user_message: str) -> None:
        super().__init__(user_message)
        self.user_message = user_message


class UsageError(LegationError):
    """A question, option or file given by the user cannot be understood."""

    exit_code = 2


class NotFoundError(LegationError):
    """A named source, document or span does not exist in the library."""

    exit_code = 3


class EmptyLibraryError(LegationError):
    """Nothing was indexed yet."""

    exit_code = 4


class GenerationError(LegationError):
    """The index files are missing, damaged, or not the ones the library recorded; a sync mends it."""

    exit_code = 5


class ModelMismatchError(LegationError):
    """The index was built with another model than the one in the settings."""

    exit_code = 6


class ModelError(LegationError):
    """A model cannot be found, fails its checksum, or cannot be exported or trained."""

    exit_code = 7


class LibraryError(LegationError):
    """The SQLite library is damaged, from another version, or cannot be opened."""

    exit_code = 8


class StorageError(LegationError):
    """The disk is full, read-only, or access to it is denied."""

    exit_code = 9
    retryable = True


class BusyError(LegationError):
    """Another process is writing."""

    exit_code = 10
    retryable = True


class ReadError(LegationError):
    """One document cannot be read; a sync reports it and goes on."""

    exit_code = 11


class SettingsError(LegationError):
    """A setting is missing or has a value that is not allowed."""

    exit_code = 12


class AccessError(LegationError):
    """Whoever asks may not see what was asked for."""

    exit_code = 13


class PlatformError(LegationError):
    """A chat platform refuses our credentials, or what we sent it."""

    exit_code = 14


class UnreachableError(LegationError):
    """A chat platform cannot be reached, or is in trouble itself."""

    exit_code = 15
    retryable = True


class UncertainError(LegationError):
    """It is not known whether a chat platform or a database took what was sent: trying again could do it twice."""

    exit_code = 16


class BackupError(LegationError):
    """A backup is damaged, of another version, or none at all; nothing was replaced."""

    exit_code = 17
