"""The parts of a zip file that holds a document (Office Open XML, OpenDocument, EPUB), with bounds.

A part is parsed as XML without entities, document type definitions or network, and never unpacked to disk.
"""

import io
import lzma
import zipfile
import zlib

from lxml import etree

from index.errors import ReadError

MEMBERS = 10_000
"""Parts that a file may have."""

INFLATED = 512 * 1024**2
"""Bytes that all parts may have together, as the file declares them; zipfile never reads beyond that."""

PART = 64 * 1024**2
"""Bytes that one part may have that is read; as a tree of XML it takes several times its size."""

_ENCRYPTED = 0x1
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError, KeyError,
    OverflowError,
)  # fmt: skip


class Archive:
    """A zip file that was found to be within bounds. ``kind`` is what a user calls it: "Word document".

    Raises ReadError if it is none, damaged, encrypted or out of bounds.
    """

    def __init__(self, content: bytes, kind: str) -> None:
        self._kind = kind
        if content.startswith(_OLE):
            raise ReadError(_ole_reason(content, kind))
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            members = self._zip.infolist()
        except _DAMAGES as error:
            raise ReadError(f"The file is damaged, or no {kind}: it is not a complete zip file.") from error
        if len(members) > MEMBERS:
            raise ReadError(f"The {kind} has {len(members)} parts; at most {MEMBERS} are read.")
        if sum(member.file_size for member in members) > INFLATED:
            raise ReadError(f"The {kind} would take more than {INFLATED // 1024**2} MiB unpacked.")
        # Not is_dir(), which expects a name.
        self.members = {member.filename: member for member in members if not member.filename.endswith("/")}

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def read(self, name: str) -> bytes:
        """The bytes of a part. Raises ReadError if it is missing, damaged, encrypted or too large."""
        member = self.members.get(name)
        if member is None:
            raise ReadError(f"The file is no {self._kind}, or damaged: its part {_shown(name)} is missing.")
        if member.flag_bits & _ENCRYPTED:
            raise ReadError(f"The {self._kind} is encrypted and needs a password.")
        if member.file_size > PART:
            raise ReadError(f"The {self._kind} has a part of more than {PART // 1024**2} MiB.")
        try:
            return self._zip.read(member)
        except _DAMAGES as error:
            raise ReadError(f"The {self._kind} is damaged: its part {_shown(name)} cannot be unpacked.") from error

    def xml(self, name: str) -> etree._Element:
        """The root of a part. Raises ReadError as ``read`` does, and for damaged XML."""
        # Not huge_tree: libxml2 then refuses nesting deeper than 256 and texts over 10 MB.
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, dtd_validation=False,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        try:
            return etree.fromstring(self.read(name), parser)
        except (etree.LxmlError, ValueError) as error:
            raise ReadError(f"The {self._kind} is damaged: the XML of its part {_shown(name)} is broken.") from error


def local_name(element: etree._Element) -> str:
    """The tag without its namespace; empty for what is no element, such as an entity."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def attribute(element: etree._Element, name: str) -> str | None:
    """An attribute by its name without namespace: some formats have several namespaces for the same names."""
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def child(element: etree._Element, *path: str) -> etree._Element | None:
    """The first descendant along the local names of ``path``."""
    found: etree._Element | None = element
    for name in path:
        if found is None:
            return None
        found = next((each for each in found if local_name(each) == name), None)
    return found


def _ole_reason(content: bytes, kind: str) -> str:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return f"The {kind} is encrypted and needs a password."
    return "The file is in a format of Office before 2007; save it as .docx or .xlsx."


def _shown(name: str) -> str:
    return ascii(name[:100])
