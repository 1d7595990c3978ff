"""What the bytes are: archives, encodings, other formats."""

import gzip
import io
import zipfile

import pytest
from conftest import Read, parse

TABLE = [["a", "b"], ["1", "x"], ["2", "y"]]
TEXT = b"a,b\n1,x\n2,y\n"


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def zstd_frame(data: bytes) -> bytes:
    """One raw block (RFC 8878, 3.1.1)."""
    return bytes.fromhex("28b52ffd20") + bytes([len(data)]) + (len(data) << 3 | 1).to_bytes(3, "little") + data


@pytest.mark.parametrize("data", [
    pytest.param(gzip.compress(TEXT), id="gzip"),
    pytest.param(gzip.compress(TEXT[:4]) + gzip.compress(TEXT[4:]), id="gzip of two members"),
    pytest.param(zstd_frame(TEXT), id="zstd"),
    pytest.param(zipped(("a.csv", TEXT)), id="zip"),
    pytest.param(zipped(("__MACOSX/a.csv", b"?"), ("dir/", b""), ("dir/a.csv", TEXT)), id="zip with litter"),
    pytest.param(gzip.compress(TEXT.decode().encode("utf-16")), id="gzip of UTF-16"),
])
def test_one_packed_file_is_unpacked(read: Read, data: bytes) -> None:
    assert parse(read(data).stdout) == TABLE


@pytest.mark.parametrize(("data", "words"), [
    pytest.param(gzip.compress(TEXT)[:-12], "damaged or cut off", id="gzip cut"),
    pytest.param(zipped(("a.csv", TEXT), ("b.csv", TEXT)), "a zip archive of 2 files", id="zip of two"),
    pytest.param(zipped(("[Content_Types].xml", b""), ("xl/workbook.xml", b"")), "spreadsheet", id="xlsx"),
    pytest.param(b"PK\x03\x04 nothing", "damaged", id="zip head"),
    pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel 97", id="xls"),
    pytest.param(b"PAR1\x15\x04..", "Parquet", id="parquet"),
    pytest.param(b"%PDF-1.7", "PDF", id="pdf"),
    pytest.param(b"\x89PNG\r\n\x1a\n", "PNG image", id="png"),
    pytest.param(b"SQLite format 3\0", "SQLite", id="sqlite"),
    pytest.param(b"\n<!doctype HTML><title>Log in</title>", "HTML page", id="html"),
    pytest.param(b"<rss version='2.0'>\n<channel/>\n</rss>\n", "XML", id="xml without a prolog"),
    pytest.param(b"<table><tr><td>1</td></tr></table>", "XML or HTML", id="a part of a page"),
    pytest.param(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n", "Git LFS", id="git lfs"),
    pytest.param(b'[{"a": 1}]', "JSON", id="json"),
    pytest.param(bytes(range(3, 32)) * 20, "not text", id="binary"),
])
def test_what_is_no_csv_is_named(read: Read, data: bytes, words: str) -> None:
    done = read(data)
    assert done.returncode == 3
    assert words in done.stderr.decode()
    assert done.stdout == b""


@pytest.mark.parametrize("head", [b"ORCID,name", b"ID3,v", b"Rar!,v", b"PAR1,PAR2", b"GIF87,v", b"<TICKER>,<PER>", b"<b>x</b>,y"])
def test_a_header_may_begin_as_other_formats_do(read: Read, head: bytes) -> None:
    assert read(head + b"\n1,2\n3,4\n").stdout == head + b"\n1,2\n3,4\n"


def test_an_error_names_file_and_line_once(read: Read) -> None:
    done = read(b"a,b\n1," + b"x" * (17 << 20) + b"\n2,y\n", "--typed")
    assert done.stderr.startswith(b"plotd: file.csv:2: line 2 has a cell of more than 16 MiB\n")


def test_the_one_csv_of_an_archive_is_read_and_the_others_are_told(read: Read) -> None:
    done = read(zipped(("readme.txt", b"words"), ("a.CSV", TEXT), ("licence", b"")))
    assert parse(done.stdout) == parse(TEXT)
    assert "`a.CSV` was read out of the zip archive" in done.stderr.decode()
    assert "2 other files of the archive left out" in done.stderr.decode()


def test_bytes_behind_gzip_data_are_told_unless_they_fill_it_up(read: Read) -> None:
    assert "5 bytes behind the end of the gzip data left out" in read(gzip.compress(TEXT) + b"a,b\n1").stderr.decode()
    assert b"behind" not in read(gzip.compress(TEXT) + bytes(512)).stderr


def test_what_an_archive_expands_to_is_bounded(read: Read) -> None:
    bomb = gzip.compress(gzip.compress(b"0" * (1 << 20)) * 1100 + b"")
    assert read(bomb).returncode == 3


def test_a_single_bad_byte_is_replaced_and_told(read: Read) -> None:
    done = read("name,v\nJürgen,1\nZoë,2\nRené,3\nÅsa,4\nJosé,5\n".encode() + b"x\xff,6\n")
    assert parse(done.stdout)[-1] == ["x\ufffd", "6"]
    assert "1 byte is not utf-8 (first: line 7)" in done.stderr.decode()


@pytest.mark.parametrize(("text", "encoding"), [
    pytest.param("item;price\nA;€ 5\nB;€ 6\n", "cp1252", id="a sign before a space is no capital of a Mac"),
    pytest.param("id;text\n1;It’s “fine”\n2;no – yes\n", "cp1252", id="quotes of Windows are no letters of a Mac"),
    pytest.param("ad;şehir\nIşık;İstanbul\nÇağrı;Muğla\n", "cp1254", id="Turkish"),
    pytest.param("nafn;borg\nÞórður;Reykjavík\nGuðrún;Ísafjörður\n", "cp1252", id="Icelandic"),
    pytest.param("nombre;ciudad\nMuñoz;Málaga\nPérez;León\n", "cp850", id="DOS"),
    pytest.param("name;ort\nJürgen;Köln\nFrançois;Orléans\n", "mac-roman", id="a Mac"),
])
def test_few_words_tell_their_encoding(read: Read, text: str, encoding: str) -> None:
    assert parse(read(text.encode(encoding)).stdout) == [line.split(";") for line in text.splitlines()]


def test_one_sequence_in_three_may_be_wrong(read: Read) -> None:
    done = read("name,city\nJürgen,Rome\nZoë,Bern\n".encode() + b"Bo,Bas\xffel\n")
    assert parse(done.stdout)[1:] == [["Jürgen", "Rome"], ["Zoë", "Bern"], ["Bo", "Bas\ufffdel"]]


@pytest.mark.parametrize("data", [
    pytest.param(b"a,b\n1,\0x\n2,y\n", id="in a cell"),
    pytest.param(TEXT[:8] + bytes(8) + TEXT[8:], id="between lines"),
])
def test_bytes_of_zero_are_left_out_and_told(read: Read, data: bytes) -> None:
    done = read(data)
    assert parse(done.stdout) == TABLE
    assert "of zero left out" in done.stderr.decode()


@pytest.mark.parametrize("encoding", ["ascii", "utf-16-le", "utf-32-le"])
def test_zeros_behind_the_text_fill_the_file(read: Read, encoding: str) -> None:
    assert parse(read(TEXT.decode().encode(encoding) + bytes(4096)).stdout) == TABLE


def test_a_file_without_a_row_prints_its_header(read: Read) -> None:
    done = read(b"a;b\n")
    assert done.stdout == b"a,b\n"
    assert "has no rows" in done.stderr.decode()


def test_an_empty_file_is_an_empty_table(read: Read) -> None:
    done = read(b"")
    assert (done.returncode, done.stdout) == (0, b"")
    assert "is empty" in done.stderr.decode()


def test_typed_form_is_what_code_sees(read: Read) -> None:
    done = read(b"d;v;ok\n31.12.2023;1.234,5;ja\n01.01.2024;NA;nein\n", "--typed")
    assert done.stdout == b"d,v,ok\n2023-12-31,1234.5,true\n2024-01-01,,false\n"


def test_json_lines_are_typed(read: Read) -> None:
    done = read(b'n,t\n1,"say ""x"""\n,y\n', "--json")
    assert done.stdout == b'{"n":1,"t":"say \\"x\\""}\n{"n":null,"t":"y"}\n'
