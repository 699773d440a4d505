"""How Discord refuses: an HTTP status, a code, a message, and for forms what is wrong with each field."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

MESSAGES = {
    0: "General error",
    10003: "Unknown Channel",
    10004: "Unknown Guild",
    10007: "Unknown Member",
    10008: "Unknown Message",
    10013: "Unknown User",
    10015: "Unknown Webhook",
    10062: "Unknown interaction",
    10063: "Unknown application command",
    20012: "You are not authorized to perform this action on this application",
    30032: "Maximum number of application commands reached",
    40005: "Request entity too large",
    40060: "Interaction has already been acknowledged.",
    50001: "Missing Access",
    50003: "Cannot execute action on a DM channel",
    50005: "Cannot edit a message authored by another user",
    50006: "Cannot send an empty message",
    50007: "Cannot send messages to this user",
    50008: "Cannot send messages in a non-text channel",
    50013: "Missing Permissions",
    50024: "Cannot execute action on this channel type",
    50027: "Invalid Webhook Token",
    50033: "Invalid Recipient(s)",
    50035: "Invalid Form Body",
    50083: "Thread is archived",
    50109: "The request body contains invalid JSON.",
    160002: "Cannot reply without permission to read message history",
    160004: "A thread has already been created for this message",
}


class RefusedError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, code: int, errors: dict[str, Any] | None = None, message: str = "") -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.answer: dict[str, Any] = {"message": message or MESSAGES[code], "code": code}
        if errors:
            self.answer["errors"] = errors


@dataclass
class Form:
    """Collects what is wrong with a body, by the way to each field."""

    complaints: list[tuple[tuple[str | int, ...], str, str]] = field(default_factory=list)

    def refuse(self, path: Iterable[str | int], code: str, message: str) -> None:
        """Note a complaint about the field that ``path`` leads to."""
        self.complaints.append((tuple(path), code, message))

    @property
    def errors(self) -> dict[str, Any]:
        """The complaints as Discord nests them."""
        tree: dict[str, Any] = {}
        for path, code, message in self.complaints:
            node = tree
            for step in path:
                node = node.setdefault(str(step), {})
            node.setdefault("_errors", []).append({"code": code, "message": message})
        return tree

    def check(self) -> None:
        """Raises RefusedError if there is any complaint."""
        if self.complaints:
            raise RefusedError(400, 50035, self.errors)

    # Checks of single fields, which return whether all is well

    def length(
        self, thing: dict[str, Any], name: str, path: tuple[str | int, ...], most: int, least: int = 0,
        required: bool = False,
    ) -> bool:  # fmt: skip
        """A text of at most ``most`` and at least ``least`` characters."""
        value = thing.get(name)
        where = (*path, name)
        if value is None:
            if required:
                self.refuse(where, "BASE_TYPE_REQUIRED", "This field is required")
            return not required
        if not isinstance(value, str):
            self.refuse(where, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
            return False
        if least and not least <= len(value) <= most:
            if not value and required:
                self.refuse(where, "BASE_TYPE_REQUIRED", "This field is required")
            else:
                self.refuse(where, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
            return False
        if len(value) > most:
            self.refuse(where, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
            return False
        return True

    def number(
        self, thing: dict[str, Any], name: str, path: tuple[str | int, ...], least: int, most: int,
        required: bool = False,
    ) -> bool:  # fmt: skip
        """A whole number between two bounds."""
        value = thing.get(name)
        where = (*path, name)
        if value is None:
            if required:
                self.refuse(where, "BASE_TYPE_REQUIRED", "This field is required")
            return not required
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(where, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
            return False
        if value < least:
            self.refuse(where, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.")
        elif value > most:
            self.refuse(where, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")
        return least <= value <= most

    def boolean(self, thing: dict[str, Any], name: str, path: tuple[str | int, ...]) -> bool:
        """True, false or nothing."""
        value = thing.get(name)
        if value is None or isinstance(value, bool):
            return True
        self.refuse((*path, name), "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
        return False

    def several(
        self, thing: dict[str, Any], name: str, path: tuple[str | int, ...], most: int, least: int = 0,
        required: bool = False,
    ) -> list[Any]:  # fmt: skip
        """A list of so many things; what it holds, nothing if it is no list."""
        value = thing.get(name)
        where = (*path, name)
        if value is None:
            if required:
                self.refuse(where, "BASE_TYPE_REQUIRED", "This field is required")
            return []
        if not isinstance(value, list):
            self.refuse(where, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        if not least <= len(value) <= most:
            if least:
                self.refuse(where, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
            else:
                self.refuse(where, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        return value

    def object(self, value: Any, path: tuple[str | int, ...]) -> dict[str, Any] | None:
        """An object, or None and a complaint."""
        if isinstance(value, dict):
            return value
        self.refuse(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return None
