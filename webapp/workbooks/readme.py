"""The first sheet of a workbook: what it is, how to fill it in, and what says to which return it belongs."""

from collections.abc import Mapping
from typing import Any

from xlsxwriter.utility import quote_sheetname

from webapp.workbooks.archive import SAVE_AGAIN
from webapp.workbooks.looks import Formats, height, line_count
from workflows.returns.layout import CLEAR, COLUMNS, LAYOUT, MARKS
from workflows.returns.writing import Contents

SHEET = "Read me"
WIDTH = 110
"""Characters of the column that explains."""

HOW = (
    "Each sheet holds one part of the return. Fill in the cells with a thick border; the others are locked, without a password.",
    "You need no connection: save the workbook where you like, pass it on, and upload it when you are ready.",
    "On upload you see every change before anything is saved, and choose which to take over.",
    "An empty answer leaves the answer in the return as it is.",
    f"The word “{CLEAR}” in the column Answer takes the answer away; in the column Note it takes the note away.",
    "Missing is not zero. Enter 0 only where there is none at all.",
    "Where a figure is not known, leave Answer empty, and say why it is not known and by when it will be.",
    "Figures marked “computed” add up by themselves once all their parts are there. They are never read back.",
    "You may hide rows and columns, and copy sheets into other workbooks. Keep the codes and the headings, and do not merge cells.",
)
REOPENED = "This is a correction for which some items only were reopened. The answers to the others are locked."
WORDS = {
    "value": "The answer, in the unit beside it. Percentages as 12 or 12%; months as 11/2009; yes or no from the list.",
    "basis": "How firm a figure is: final, provisional or an estimate. Empty means final.",
    "not_known": "Why the figure is not known. It takes the place of an answer.",
    "known_by": "The day by which it will be known, like 31/3/2010.",
    "note": "What travels with the answer: what shows it, how it differs. At most 2,000 characters.",
    "prefilled": "Where an answer comes from that was filled in for you, and that nobody has confirmed yet.",
    "confirmed": "Choose yes if what was filled in is right for this year too; or type the right answer over it.",
    "last": "The answer in the previous return, where there is one.",
    "revision": "Tells whether somebody changed the answer in the return since this workbook was made. Leave it as it is.",
}
DEMO = "Demonstration: the figures and people in this workbook are made up, and say nothing about the real body."


def write(book: Any, contents: Contents, names: Mapping[str, str], formats: Formats) -> None:
    """Write the first sheet."""
    sheet = book.add_worksheet(SHEET)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, WIDTH)
    plain, bold = formats.get(text_wrap=True), formats.get(bold=True)
    head = formats.get(bold=True, font_size=13)
    link = formats.get(underline=1, font_color="#0B5563")
    row = 0

    def line(label: str, text: str = "", look: Any = bold) -> None:
        nonlocal row
        sheet.write_string(row, 0, label, look)
        if text:
            sheet.write_string(row, 1, text, plain)
            sheet.set_row(row, height(line_count(text, WIDTH)))
        row += 1

    sheet.set_row(0, height(2))
    line(f"Return of {contents.body}", look=formats.get(bold=True, font_size=16))
    line(f"{contents.round}. {contents.standing}", look=formats.get())
    if contents.demo:
        line(DEMO, look=formats.get(italic=True))
    row += 1
    if contents.to_fill_in:
        line("How to fill it in", look=head)
        for number, text in enumerate((*HOW, REOPENED) if contents.locked else HOW, 1):
            line(str(number), text)
        row += 1
    line("The columns", look=head)
    for part, text in WORDS.items():
        if part in contents.columns:
            line(COLUMNS[part], f"{text} Of these figures: {contents.last_note}." if part == "last" and contents.last_note else text)
    row += 1
    line("The sheets", look=head)
    for function in contents.functions:
        name = names[function.code]
        line(name, function.scope)
        sheet.write_url(row - 1, 0, f"internal:{quote_sheetname(name)}!A1", link, name)
    row += 1
    line("Whose return this is", look=head)
    for label, text in _marks(contents).items():
        line(label, text)
    line("", f"Leave these lines as they are. If a program cannot open this workbook: {SAVE_AGAIN[0].lower()}{SAVE_AGAIN[1:]}")
    sheet.set_portrait()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    if contents.to_fill_in:
        sheet.protect("", {"format_columns": True, "format_rows": True})


def _marks(contents: Contents) -> dict[str, str]:
    """What the first sheet says about where the workbook comes from, by label (workflows.returns.layout)."""
    origin = contents.origin
    texts = {"layout": str(LAYOUT), "programme": origin.programme, "programme_version": origin.programme_version, "round": origin.round,
             "case": origin.case, "version": "" if origin.version is None else str(origin.version)}  # fmt: skip
    return {label: texts[name] for label, name in MARKS.items() if texts[name]}
