"""Reading registers of bodies: both shapes, their quirks, and the two real files that the project carries."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import programmes
from workflows.register import RegisterError, RegisterReading, decode, read_register

COUNCILS = "ecode,snac,gss_code,name,la_type,region,riep,police_force,population_mid2008ish,end_date,replaced_by"
BATH = "E0101,00HA,E06000022,Bath Council,UA,South West,South West RIEP,Avon,180300,,"
OTHERS = "ecode,name,kind,central_services_net_current_exp_k,total_service_net_current_exp_k"


def councils(*rows: str) -> RegisterReading:
    return read_register("\n".join((COUNCILS, *rows)) + "\n")


def others(*rows: str) -> RegisterReading:
    return read_register("\n".join((OTHERS, *rows)) + "\n")


def refused(reading: RegisterReading) -> list[tuple[int, str, str]]:
    return [(p.line, p.code, p.text) for p in reading.problems if p.severity == "refused"]


def notes(reading: RegisterReading) -> list[str]:
    return [p.text for p in reading.problems if p.severity == "note"]


def real(name: str) -> RegisterReading:
    return read_register(decode(programmes.data("back-office-2009", name).read_bytes()))


def test_a_council() -> None:
    (row,) = councils(BATH).rows
    assert (row.code, row.name, row.kind, row.class_name) == ("E0101", "Bath Council", "UA", "Unitary authority")
    assert (row.region, row.riep, row.police_force, row.population) == ("South West", "South West RIEP", "Avon", 180300)
    assert (row.snac, row.gss, row.end_date, row.central_services_k, row.headcount) == ("00HA", "E06000022", None, None, None)


def test_a_council_that_was_to_end() -> None:
    (row,) = councils(BATH[:-1] + "2019-03-31,DST").rows
    assert (row.end_date, row.replaced_by) == (date(2019, 3, 31), "DST")


def test_another_body() -> None:
    (row,) = others("E6002,Bedfordshire Police Authority,police authority,915,114864").rows
    assert (row.kind, row.class_name) == ("police authority", "Police authority")
    assert (row.central_services_k, row.total_service_k) == (Decimal(915), Decimal(114864))
    assert (row.region, row.riep, row.population) == (None, None, None)


def test_a_headcount_where_the_file_has_one() -> None:
    reading = read_register('ecode,name,kind,headcount\nE6002,A,police authority,"1,250"\nE6005,B,police authority,\n')
    assert [row.headcount for row in reading.rows] == [1250, None]
    assert any("1 body has no headcount" in note for note in notes(reading))


def test_spaces_are_folded_and_codes_are_raised() -> None:
    (row,) = councils(BATH.replace("Bath Council", " North  Somerset Council ").replace("E0101", " e0104 ")).rows
    assert (row.name, row.code) == ("North Somerset Council", "E0104")


def test_blank_lines_are_passed_over() -> None:
    assert len(councils("", BATH, ",,,,,,,,,,").rows) == 1


def test_a_shared_name_is_noted_and_both_bodies_are_kept() -> None:
    reading = councils(BATH, BATH.replace("E0101", "E0102").replace("Bath", "BATH "))
    assert [row.code for row in reading.rows] == ["E0101", "E0102"]
    note = next(p for p in reading.problems if "name" in p.text)
    assert (note.line, note.code, note.severity) == (3, "E0102", "note")
    assert "E0101" in note.text


def test_what_many_rows_lack_is_one_note_and_not_one_for_each() -> None:
    rows = [BATH.replace("E0101", f"E{n:04}").replace("Bath", f"Bath {n}").replace("Avon", "") for n in range(1, 401)]
    found = notes(councils(*rows))
    assert len(found) == 2
    assert found[0].startswith("400 bodies have no police force: E0001,")
    assert found[1].startswith("400 bodies have no headcount")


REFUSALS = [
    ("a code used twice", [BATH, BATH], 3, "E0101", "was used on line 2 already"),
    ("a code that is none", [BATH.replace("E0101", "E101")], 2, "E101", "A code is E and four digits"),
    ("a Welsh code", [BATH.replace("E0101", "W0101")], 2, "W0101", "A code is E and four digits"),
    ("a code in other digits", [BATH.replace("E0101", "E٠١٠١")], 2, "E٠١٠١", "A code is E and four digits"),
    ("no code", [BATH.replace("E0101", "")], 2, "", "A code is E and four digits"),
    ("too few columns", [BATH, "E0102,00HB"], 3, "E0102", "The row has 2 columns; the header has 11"),
    ("too many columns", [BATH + ",x"], 2, "E0101", "The row has 12 columns; the header has 11"),
    ("an unknown class", [BATH.replace(",UA,", ",XX,")], 2, "E0101", "Use one of UA, MD, LBO, CC, CTY, NMD, SRA"),
    ("a population in words", [BATH.replace("180300", "many")], 2, "E0101", "“many” in the column population_mid2008ish"),
    ("a population below zero", [BATH.replace("180300", "-5")], 2, "E0101", "is not a whole number"),
    ("a date that is none", [BATH[:-1] + "soon,"], 2, "E0101", "“soon” in the column end_date is not a date"),
    ("no name", [BATH.replace("Bath Council", "")], 2, "E0101", "Enter the body’s name"),
]


@pytest.mark.parametrize(("rows", "line", "code", "text"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS])
def test_a_refused_row_is_told_with_its_line_and_what_to_do(rows: list[str], line: int, code: str, text: str) -> None:
    reading = councils(*rows)
    ((at, of, said),) = refused(reading)
    assert (at, of) == (line, code)
    assert text in said
    assert len(reading.rows) == len(rows) - 1


@pytest.mark.parametrize("money", ["lots", "NaN", "sNaN", "Infinity", "-Infinity"])
def test_money_that_is_no_number(money: str) -> None:
    reading = others(f"E6002,A,police authority,{money},1")
    assert reading.rows == ()
    assert f"“{money}” in the column central_services_net_current_exp_k is not a number" in refused(reading)[0][2]


def test_costs_at_or_below_zero_are_kept_and_noted() -> None:
    reading = others("E6050,A,police authority,0,1", "E6120,B,fire and rescue authority,-5908,46556")
    assert [row.central_services_k for row in reading.rows] == [Decimal(0), Decimal(-5908)]
    assert any("2 bodies have central services at or below zero" in note for note in notes(reading))


@pytest.mark.parametrize("text", ["", "\n", "a,b\n1,2\n", "ecode;name;kind\nE6002;A;police authority\n", "%PDF-1.4\n"])
def test_a_file_that_is_no_register(text: str) -> None:
    with pytest.raises(RegisterError, match=r"ecode, name, la_type, region, riep \(councils\) or ecode, name, kind"):
        read_register(text)


def test_a_column_named_twice() -> None:
    with pytest.raises(RegisterError, match="names name more than once"):
        read_register("ecode,name,kind,name\nE6002,A,police authority,B\n")


def test_a_quotation_mark_that_swallows_the_file() -> None:
    with pytest.raises(RegisterError, match="quotation mark"):
        read_register(OTHERS + '\nE6002,"A,police authority\n' + "x" * 140_000)


@given(st.text(max_size=300) | st.text(alphabet='E0612,\n\r" aé', max_size=300).map(lambda t: f"{OTHERS}\n{t}"))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        reading = read_register(text)
    except RegisterError:
        return
    assert len({row.code for row in reading.rows}) == len(reading.rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encodings(encoding: str) -> None:
    text = OTHERS + "\r\nE6002,Café – Authority,police authority,1,2\r\n"
    (row,) = read_register(decode(text.encode(encoding))).rows
    assert row.name == "Café – Authority"


@given(st.binary(max_size=200))
def test_any_bytes_can_be_decoded(content: bytes) -> None:
    assert isinstance(decode(content), str)


def test_the_real_councils() -> None:
    reading = real("english_councils_at_2009_12_01.csv")
    assert refused(reading) == []
    assert Counter(row.kind for row in reading.rows) == {"NMD": 201, "UA": 56, "MD": 36, "LBO": 32, "CTY": 27, "CC": 1, "SRA": 1}
    assert {row.name for row in reading.rows if row.code == "E0104"} == {"North Somerset Council"}
    assert len({row.riep for row in reading.rows}) == 9
    assert sum(row.police_force is None for row in reading.rows) == 99
    assert sum(row.population is None for row in reading.rows) == 28
    found = notes(reading)
    assert len(found) == 3
    assert [n.split(":")[0] for n in found[:2]] == ["99 bodies have no police force", "28 bodies have no population"]
    assert found[2].startswith("354 bodies have no headcount")


def test_the_real_other_bodies() -> None:
    reading = real("other_local_bodies_2010_11.csv")
    assert refused(reading) == []
    assert len(reading.rows) == 91
    assert {row.code: row.central_services_k for row in reading.rows}["E6120"] == Decimal(-5908)
    assert len(notes(reading)) == 2


def test_the_two_real_files_share_one_body_only_and_every_kind_has_a_sector() -> None:
    first, second = real("english_councils_at_2009_12_01.csv").rows, real("other_local_bodies_2010_11.csv").rows
    assert {r.code for r in first} & {r.code for r in second} == {"E5100"}
    assert {r.name for r in (*first, *second) if r.code == "E5100"} == {"Greater London Authority"}
    programme = programmes.read("back-office-2009")
    assert [r.code for r in (*first, *second) if programme.sector_for_kind(r.kind) is None] == []
