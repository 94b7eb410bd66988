"""A browser without a window, where there is one."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "the report in a browser (no chromium: apt-get install chromium)"


def chromium():
    """The path of the browser; what needs it is left out where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(MISSING)
    return found


@contextmanager
def opened(browser, text, folder, **options):
    """A page of a report, from a file; it may ask for nothing else and say nothing."""
    path = Path(folder) / "report.html"
    path.write_text(text, encoding="utf-8")
    page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}} | options)
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        page.goto(path.as_uri())
        yield page
        assert asked == [path.as_uri()], "the report asks for something beside itself"
        assert said == []
    finally:
        page.close()
