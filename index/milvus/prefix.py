"""What a library's names in an engine begin with, where no setting says it."""

import re
import secrets
from pathlib import Path

from index.errors import StorageError
from index.home import Home, make_home

_PREFIX = re.compile(r"legation_[0-9a-f]{12}")


def own_prefix(folder: Path) -> str:
    """The prefix that is kept in a library's folder, made if there is none: two libraries never share one by chance.

    Raises StorageError.
    """
    path = Home(folder).store_id
    try:
        make_home(folder)
        try:
            with path.open("x") as file:
                file.write(f"legation_{secrets.token_hex(6)}")
        except FileExistsError:
            pass
        prefix = path.read_text().strip()
    except OSError as error:
        raise StorageError(f"{path} cannot be made or read: {error.strerror or error}.") from error
    if not _PREFIX.fullmatch(prefix):
        raise StorageError(f"{path} is not a name in Milvus; set LEGATION_STORE__PREFIX, or remove it and sync.")
    return prefix
