"""Reading a register of bodies from a file, CSV or workbook: what it is is told by its content, whatever it is named."""

from webapp.workbooks.apart import read_apart
from webapp.workbooks.archive import Unreadable, is_archive, refuse_others
from workflows.register import RegisterError, RegisterReading, decode, read_register
from workflows.register_sheets import read_sheets


def read_file(content: bytes) -> RegisterReading:
    """The register of a file. A workbook is opened in a process of its own, with bounds. Raises RegisterError."""
    try:
        if is_archive(content):
            return read_sheets(read_apart(content))
        refuse_others(content)
    except Unreadable as problem:
        raise RegisterError(str(problem)) from None
    return read_register(decode(content))
