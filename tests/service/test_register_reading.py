"""Files as staff save them: every encoding and shape that is read, and every fault that is named with its row."""

from __future__ import annotations

import codecs
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.errors import BadFile
from hotline.service.register_encoding import Detector
from hotline.service.register_reading import RawRow, look_through, rows

HEADER = "Licence No.,Proprietor Name,Licence Title,Status,Expiry Date,Head Office,Branch Office(s)"
FIRST = '0008  / RWP,Khalid,Chiragh Travels,Active,31-03-2027,"Mall Road, Rawalpindi",'
URDU = "0009 / LHR,خالد,پرواز مین پاور,Active,31-03-2027,لاہور,"
ARABIC = "0009 / LHR,خالد محمود,شركة النور,Active,31-03-2027,لاہور,"


def saved(folder: Path, content: bytes | str, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path) -> list[RawRow]:
    return [row for _, row in rows(look_through(path))]


def text(*lines: str) -> str:
    return "\r\n".join((HEADER, *lines)) + "\r\n"


@pytest.mark.parametrize(
    ("codec", "bom", "called"),
    [
        ("utf-8", b"", "UTF-8"),
        ("utf-8", codecs.BOM_UTF8, "UTF-8"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "UTF-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "UTF-16"),
        ("utf-16-le", b"", "UTF-16"),
        ("utf-16-be", b"", "UTF-16"),
        ("cp1256", b"", "Windows-1256"),
    ],
)
def test_every_encoding_staff_meet_is_known_by_its_name(tmp_path: Path, codec: str, bom: bytes, called: str) -> None:
    path = saved(tmp_path, bom + text(FIRST, ARABIC).encode(codec, "replace"))
    assert look_through(path).called == called
    first, second = read(path)
    assert (first.number, first.licence, first.title) == (2, "0008  / RWP", "Chiragh Travels")
    assert second.title == "شركة النور"


def test_plain_ascii_is_utf8_and_a_fingerprint_is_of_the_bytes(tmp_path: Path) -> None:
    file = look_through(saved(tmp_path, text(FIRST)))
    again = look_through(saved(tmp_path, text(FIRST), "another.csv"))
    assert (file.called, file.page) == ("UTF-8", False)
    assert file.sha256 == again.sha256
    assert file.sha256 != look_through(saved(tmp_path, text(FIRST) + "\n")).sha256


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_are_known_by_name_in_any_order_case_and_delimiter(tmp_path: Path, delimiter: str) -> None:
    names = "status|LICENCE NO|Remarks|Expiry date|licence title|Head Office|proprietor name||"
    header = names.split("|")
    cells = ["Active", "0008 / RWP", "x", "2027-03-31", "Chiragh", "Lahore", "Khalid", "", ""]
    (row,) = read(saved(tmp_path, "\n" + delimiter.join(header) + "\n\n" + delimiter.join(cells) + f"\n{delimiter}\n"))
    assert row.number == 4
    assert (row.licence, row.proprietor, row.title) == ("0008 / RWP", "Khalid", "Chiragh")
    assert (row.status, row.expiry, row.office) == ("Active", "2027-03-31", "Lahore")
    assert row.cells == tuple(cells[:7])


def test_a_header_that_is_repeated_further_down_is_no_row(tmp_path: Path) -> None:
    assert [row.number for row in read(saved(tmp_path, text(FIRST, HEADER, URDU)))] == [2, 4]


def test_a_quoted_cell_may_hold_lines_and_quotes(tmp_path: Path) -> None:
    line = '0008 / RWP,Khalid,"The ""Chiragh""\r\nTravels",Active,31-03-2027,Lahore,'
    first, second = read(saved(tmp_path, text(line, URDU)))
    assert first.title == 'The "Chiragh"\r\nTravels'
    assert second.number == 3


PAGE = """<!DOCTYPE html><html><head><title>List of OEPs</title><style>td {{ color: red }}</style>
<script>var a = "<table><tr><td>no</td></tr></table>";</script></head><body>
<table><tr><td>Menu<td>Home</tr></table>
<table class=layout><tr><td>
<table id="oeps">
<thead><tr><th>Licence No.</th><th>Proprietor Name</th><th>Licence<br>Title</th><th>Status</th><th>Expiry Date</th>
<th>Head Office</th><th>Branch Office(s)</th></tr></thead>
<tbody>{rows}</tbody></table>
</td></tr></table><p>Page 1</p></body></html>"""
ONE = "<tr><td>0008  / RWP<td>Khalid &amp; Sons</td><td><b>Chiragh</b>\n Travels</td><td>Active"
ONE += "<td>31-03-2027<td>Mall<br>Road"
TAIL = "<td><table><tr><td>Shop 1</td></tr><tr><td>Shop 2</td></tr></table></tr>"


def test_the_bureaus_page_is_read_as_a_browser_saves_it(tmp_path: Path) -> None:
    file = look_through(saved(tmp_path, PAGE.format(rows=(ONE + TAIL) * 2), "list.html"))
    assert file.page
    first, second = (row for _, row in rows(file))
    assert (first.number, first.licence, first.proprietor) == (2, "0008 / RWP", "Khalid & Sons")
    assert (first.title, first.office, first.cells[6]) == ("Chiragh Travels", "Mall Road", "Shop 1 Shop 2")
    assert second.number == 3


def test_pages_put_one_after_another_are_one_list(tmp_path: Path) -> None:
    page = PAGE.format(rows=ONE + TAIL)
    assert len(read(saved(tmp_path, page + page, "list.html"))) == 2


def test_a_large_page_is_read_in_pieces(tmp_path: Path) -> None:
    found = read(saved(tmp_path, PAGE.format(rows=(ONE + TAIL) * 3000), "list.html"))
    assert len(found) == 3000
    assert {row.title for row in found} == {"Chiragh Travels"}


MIXED = text(URDU).encode() + text(ARABIC).encode("cp1256", "replace")
CUT_PAGE = PAGE.format(rows=ONE + TAIL).split("</tbody>")[0]
FAULTS = {
    "nothing at all": (b"", "has no rows"),
    "only a header": (text(), "has no rows"),
    "another table": ("Name,Phone\nA,B\n", "row 1: the header has no column Licence No"),
    "no header": (FIRST + "\n", "row 1: the header has no column"),
    "a column missing": (text(FIRST).replace("Status,", ""), "row 1: the header has no column Status"),
    "a column twice": (text(FIRST).replace("Branch Office(s)", "Status"), "row 1: the header has two columns Status"),
    "an open quote at the end": (text(FIRST) + '0009 / LHR,"Khal', "row 3: a quote is not closed"),
    "an open quote far from the end": (
        text(FIRST, '0009 / LHR,"Kh') + "x" * 200_000,
        "row 3: a quote is not closed",
    ),
    "a quote closed too early": (text('0009 / LHR,"Kh" alid,a,b,c,d,e'), "row 2: a quote is not closed"),
    "a last row too short": (text(FIRST) + "0009 / LHR,Khalid,Noor", "row 3 has 3 cells where the header has 7"),
    "a middle row too short": (text(FIRST, "0009 / LHR,Khalid", URDU), "row 3 has 2 cells"),
    "a row too long": (text(FIRST, URDU + ",x"), "row 3 has 8 cells"),
    "two encodings": (MIXED, "row 4: here the encoding changes between UTF-8 and Windows-1256"),
    "the other way round": (
        text(ARABIC).encode("cp1256", "replace") + text(URDU).encode(),
        "row 4: here the encoding changes",
    ),
    "a mark of UTF-8 before Windows-1256": (
        codecs.BOM_UTF8 + text(FIRST).encode() + ARABIC.encode("cp1256", "replace"),
        "row 3: here the encoding changes",
    ),
    "UTF-16 that breaks off": (codecs.BOM_UTF16_LE + text(FIRST).encode("utf-16-le")[:-1], "cut short"),
    "UTF-16 that becomes something else": (
        codecs.BOM_UTF16_LE + text(FIRST).encode("utf-16-le") + b"\x00\xd8\x00\x00" + text(FIRST).encode("utf-16-le"),
        "row 3: the encoding is no longer UTF-16",
    ),
    "UTF-8 that breaks off": (text(URDU, URDU).encode()[:-5] + "ہ".encode()[:1], "cut short"),
    "an Excel workbook": (b"PK\x03\x04" + b"\x00" * 100, "is an Excel workbook"),
    "an old Excel workbook": (b"\xd0\xcf\x11\xe0" + b"\x00" * 100, "is an Excel workbook"),
    "a PDF": (b"%PDF-1.7\n", "is a PDF"),
    "a page cut in its table": (
        PAGE.format(rows=ONE + TAIL).split("</tbody>")[0],
        "row 3: the page ends inside its table",
    ),
    "a page cut in a row": (PAGE.format(rows=ONE), "row 2 has 6 cells where the header has 7"),
    "a page cut in a tag": (
        PAGE.format(rows=ONE + TAIL + "<tr><td>0009").split("</tbody>")[0] + "<td cla",
        "cut short",
    ),
    "a page without the table": ("<html><table><tr><td>Menu</td></tr></table></html>", "row 1: the page has no table"),
    "a page with an empty table": (PAGE.format(rows=""), "has no rows"),
    "a page of an error": ("<html><body>502 Bad Gateway</body></html>", "row 1: the page has no table"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_file_is_named_with_its_row_and_the_remedy(tmp_path: Path, name: str) -> None:
    content, told = FAULTS[name]
    with pytest.raises(BadFile) as caught:
        read(saved(tmp_path, content))
    assert told in str(caught.value)
    assert "save" in str(caught.value) or "saved" in str(caught.value)


def test_a_file_that_cannot_be_opened_is_a_bad_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        look_through(tmp_path / "missing.csv")


URDU_LETTERS = st.text("ابپتٹجچحخدڈرڑزسشصطعغفقکگلمنںوہھءیے ", min_size=4, max_size=60)


@given(st.lists(URDU_LETTERS, min_size=1, max_size=8), st.integers(1, 4000))
def test_utf8_is_utf8_in_pieces_of_any_size(lines: list[str], size: int) -> None:
    content = "\n".join(lines).encode()
    detector = Detector()
    for start in range(0, len(content), size):
        detector.feed(content[start : start + size])
    assert detector.close() == ("utf-8-sig", "UTF-8")


@given(st.text("ابپتجحخدرزسشصطعغفقکگلمنوہ", min_size=6, max_size=60))
def test_windows_1256_is_never_taken_for_utf8(line: str) -> None:
    detector = Detector()
    detector.feed(("السلام علیکم " + line).encode("cp1256", "replace") + b"\n")
    assert detector.close() == ("cp1256", "Windows-1256")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_as_a_bad_file(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "list.csv"
    path.write_bytes(text(FIRST).encode() + content)
    with suppress(BadFile):
        assert read(path)[0].title == "Chiragh Travels"


@given(st.text("<>/tablerdh =\"'!-&;x\n", max_size=200))
def test_any_page_is_read_or_refused_as_a_bad_file(tmp_path_factory: pytest.TempPathFactory, soup: str) -> None:
    path = tmp_path_factory.mktemp("any") / "list.html"
    path.write_text(PAGE.format(rows=ONE + TAIL + soup))
    with suppress(BadFile):
        assert read(path)[0].title == "Chiragh Travels"
