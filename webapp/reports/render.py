"""HTML on standard input, PDF on standard output: the child process of webapp.reports.pdf."""

import sys
from pathlib import Path
from typing import Any

from weasyprint import HTML
from weasyprint.urls import URLFetcher


class OnlyStyles(URLFetcher):  # type: ignore[misc]
    """Fetches the style sheets and fonts of this folder and nothing else, from disk or net."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder.resolve()

    def fetch(self, url: str, headers: Any = None) -> Any:
        path = Path(url.removeprefix("file://")).resolve()
        if not url.startswith("file://") or path.parent != self.folder or path.suffix not in (".css", ".woff2"):
            raise ValueError(f"not allowed: {url}")
        return super().fetch(url, headers)


def main() -> None:
    """Render one document."""
    folder = Path(sys.argv[1])
    html = HTML(string=sys.stdin.buffer.read().decode(), base_url=f"{folder}/", url_fetcher=OnlyStyles(folder))
    sys.stdout.buffer.write(html.write_pdf(pdf_variant="pdf/ua-1"))


if __name__ == "__main__":
    main()
