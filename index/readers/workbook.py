"""Excel workbooks (Office Open XML), by openpyxl: each visible sheet is a table under its name."""

import warnings
from collections.abc import Iterator
from datetime import date, datetime, time

from index.errors import ReadError
from index.readers.archive import Archive
from index.readers.composition import Composition
from index.readers.docx import core_properties
from index.readers.tables import write_table
from index.types import Reading

_KIND = "Excel workbook"


def read_xlsx(content: bytes) -> Reading:
    """A block for each row of each visible sheet, under the sheet's name as a heading.

    Of a formula, the value that was stored with it is taken. Dates are written as ISO 8601. Raises ReadError for what
    is no workbook, damaged, encrypted or too large.
    """
    archive = Archive(content, _KIND)
    _refuse_definitions(archive)
    composition = Composition()
    try:
        for name, rows in _sheets(content):
            composition.add(name, 1)
            write_table(rows, composition)
    except ReadError:
        raise
    except Exception as error:  # openpyxl lets through whatever a broken workbook makes Python raise
        raise ReadError(f"The {_KIND} is damaged: its sheets cannot be read.") from error
    layout = composition.layout()
    title, published, language = core_properties(archive)
    return Reading(
        layout.text,
        layout.blocks,
        layout.headings,
        title=title,
        published=published,
        language=language,
        pinpoints=layout.pinpoints,
    )


def _refuse_definitions(archive: Archive) -> None:
    """openpyxl parses sheets with Python's own parser; Office Open XML forbids what could be misused in it."""
    for name in archive.members:
        if name.lower().endswith((".xml", ".rels")) and b"<!DOCTYPE" in archive.read(name):
            raise ReadError(f"The {_KIND} has a document type definition, which is not accepted.")


def _sheets(content: bytes) -> Iterator[tuple[str, Iterator[list[str]]]]:
    import io

    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about what it does not keep when it writes
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            for sheet in workbook.worksheets:
                if sheet.sheet_state == "visible":
                    sheet.reset_dimensions()  # what the file says of them is often wrong
                    yield sheet.title, ([_written(value) for value in row] for row in sheet.iter_rows(values_only=True))
        finally:
            workbook.close()


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
