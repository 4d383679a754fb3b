"""Invented files of the demo: tiny, and each says of itself that it is invented."""

import io
from datetime import date

from webapp.evidence import sniff
from webapp.evidence.pages import count
from webapp.evidence.store import Store
from webapp.evidence.verbs import FILE_LIMIT, Content

TEXT = "Invented for the demo. It says nothing about a real body."


def invented(store: Store) -> tuple[Content, ...]:
    """The demo's files, put into the store: a table and a PDF."""
    made = (("payroll-summary-invented.csv", sniff.CSV, _table()), ("finance-manual-invented.pdf", sniff.PDF, _pdf(TEXT)))
    kept = []
    for name, kind, data in made:
        with store.incoming(io.BytesIO(data), FILE_LIMIT) as incoming:
            store.keep(incoming)
        kept.append(Content(name, kind.media_type, incoming.size, incoming.sha256, count(store.path(incoming.sha256), kind)))
    return tuple(kept)


def _table() -> bytes:
    rows = ["Month,Employees paid,Gross pay in pounds,Note"]
    rows += [f"{date(2008 + (3 + n) // 12, (3 + n) % 12 + 1, 1):%B %Y},{4100 + 7 * n},{8_900_000 + 21_500 * n},{TEXT}" for n in range(12)]
    return "\n".join([*rows, ""]).encode()


def _pdf(text: str) -> bytes:
    """A PDF of one page with one line, as the format's specification (ISO 32000-1) asks at the least."""
    shown = f"BT /F1 14 Tf 60 760 Td ({text}) Tj ET".encode("latin-1")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
