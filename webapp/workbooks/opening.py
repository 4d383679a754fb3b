"""Reading an uploaded file: what it is is told by its content, whatever it is named."""

from webapp.workbooks.archive import Unreadable, is_archive, refuse_others
from webapp.workbooks.lines import read_lines
from webapp.workbooks.xlsx import read_workbook
from workflows.returns.cells import Table

__all__ = ["Unreadable", "read_file"]


def read_file(content: bytes) -> list[Table]:
    """The tables of a workbook or of a text file. Raises Unreadable."""
    if not content:
        raise Unreadable("The file is empty. Save it anew, and upload that.")
    if is_archive(content):
        return read_workbook(content)
    refuse_others(content)
    return read_lines(content)
