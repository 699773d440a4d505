"""Official places to take documents from, as a manifest of comments."""

from importlib.resources import files

EXPLANATION = """\
## The sources of this library. Write a [[source]] for each, or let "legation add" do it; "legation sync" reads them.
## docs/adding-documents.md explains every field. Only name and location are needed:
##
## [[source]]
## name = "briefs-of-our-team"
## location = "briefs"          # a path, relative to the folder of this file, or a web address
##
## Below are official places, commented out. To use one, take the "# " from the beginnings of its lines.

"""


def load_catalogue() -> str:
    """Official places to take documents from: TOML, every line of it a comment.

    Lines that begin with "# " are the sources, those with "## " say something about them.
    """
    return (files("index") / "catalogue.toml").read_text("utf-8")
