"""Uploads are judged by content and lose their metadata."""

import io
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core import files


def picture(mode: str = "RGB", size: tuple[int, int] = (40, 20), kind: str = "JPEG", **save) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new(mode, size, 200 if mode == "L" else None).save(out, kind, **save)
    return SimpleUploadedFile("孩子的名字.exe", out.getvalue())


def exif_of_a_phone() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    exif[0x010F] = "SecretPhone"
    return exif


def test_clean_image_drops_metadata_and_turns_it_upright():
    cleaned = files.clean_image(picture(exif=exif_of_a_phone()))

    result = Image.open(cleaned)
    assert (result.size, dict(result.getexif())) == ((20, 40), {})
    assert b"SecretPhone" not in cleaned.read()


def test_clean_image_names_the_file_itself():
    assert files.clean_image(picture()).name.endswith(".jpg")
    assert "孩子" not in files.clean_image(picture()).name


def test_clean_image_limits_the_longest_side():
    assert Image.open(files.clean_image(picture(size=(3200, 1600)))).size == (1600, 800)


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "LA"])
def test_clean_image_turns_every_mode_into_jpeg(mode):
    assert Image.open(files.clean_image(picture(mode, kind="PNG"))).mode == "RGB"


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n rubbish", b"\xff\xd8\xff" + b"0" * 100])
def test_clean_image_refuses_what_is_no_picture(content):
    with pytest.raises(files.BadFile, match="no picture"):
        files.clean_image(SimpleUploadedFile("a.jpg", content))


def test_clean_image_refuses_too_many_bytes(monkeypatch):
    monkeypatch.setattr(files, "MAX_IMAGE_BYTES", 10)

    with pytest.raises(files.BadFile, match="larger"):
        files.clean_image(picture())


def test_clean_image_refuses_too_many_pixels(monkeypatch):
    monkeypatch.setattr(files, "MAX_PIXELS", 799)

    with pytest.raises(files.BadFile, match="pixels"):
        files.clean_image(picture())


def test_clean_image_refuses_a_decompression_bomb(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 700)

    with pytest.raises(files.BadFile, match="pixels"):
        files.clean_image(picture())


def test_clean_document_keeps_a_pdf_byte_for_byte():
    content = b"%PDF-1.7 seal"

    document, kind = files.clean_document(SimpleUploadedFile("x.png", content))

    assert (document.read(), kind, document.name[-4:]) == (content, "application/pdf", ".pdf")


def test_clean_document_cleans_a_picture():
    document, kind = files.clean_document(picture(exif=exif_of_a_phone()))

    assert kind == "image/jpeg"
    assert b"SecretPhone" not in document.read()


def test_clean_document_reads_png():
    assert files.clean_document(picture(kind="PNG"))[1] == "image/jpeg"


def test_clean_document_refuses_anything_else():
    with pytest.raises(files.BadFile, match="neither PDF"):
        files.clean_document(SimpleUploadedFile("form.pdf", b"<html><script>"))


def test_clean_document_refuses_too_many_bytes(monkeypatch):
    monkeypatch.setattr(files, "MAX_DOCUMENT_BYTES", 3)

    with pytest.raises(files.BadFile, match="larger"):
        files.clean_document(SimpleUploadedFile("form.pdf", b"%PDF-1.7"))


@pytest.mark.parametrize(("orientation", "corner"), [(1, 0), (3, 2), (6, 1), (8, 3), (2, 1), (4, 3), (5, 0), (7, 2)])
def test_clean_image_turns_by_each_orientation(orientation, corner):
    """A red square in the first corner; the corners are counted as on a clock, from the upper left."""
    drawn, exif, out = Image.new("RGB", (80, 40), "white"), Image.Exif(), io.BytesIO()
    drawn.paste("red", (0, 0, 20, 20))
    exif[0x0112] = orientation
    drawn.save(out, "JPEG", exif=exif)

    result = Image.open(files.clean_image(SimpleUploadedFile("a.jpg", out.getvalue())))

    right, low = result.width - 8, result.height - 8
    corners = [result.getpixel(at)[1] for at in [(8, 8), (right, 8), (right, low), (8, low)]]
    assert corners.index(min(corners)) == corner


@pytest.mark.parametrize("spoilt", [b"xM\x00*", b"MM\x00\xd5", b"MM\xff*"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_clean_image_takes_a_good_picture_with_metadata_that_nobody_can_read(kind, spoilt):
    content = picture(kind=kind, exif=exif_of_a_phone()).read().replace(b"MM\x00*", spoilt)
    if kind == "PNG":
        content = with_right_sums(content)

    assert b"SecretPhone" not in files.clean_image(SimpleUploadedFile("a.jpg", content)).read()


def test_clean_image_takes_a_picture_whose_metadata_cannot_be_written_again():
    """It stands upright all the same."""
    content = picture(exif=exif_of_a_phone()).read()
    odd = content.replace(b"\x01\x0f\x00\x02\x00\x00\x00\x0c", b"\x01\x0f\x00\x0b\x00\x00\x00\x03")  # text as fractions

    assert content != odd
    assert Image.open(files.clean_image(SimpleUploadedFile("a.jpg", odd))).size == (20, 40)


def with_right_sums(png: bytes) -> bytes:
    """Reckon the check sum of each part anew."""
    out, at = png[:8], 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        part = png[at + 4 : at + 8 + size]
        out += size.to_bytes(4, "big") + part + zlib.crc32(part).to_bytes(4, "big")
        at += 12 + size
    return out


def test_clean_document_encodes_anew_a_picture_that_calls_itself_a_pdf():
    document, kind = files.clean_document(picture(comment=b"%PDF-1.7", exif=exif_of_a_phone()))

    assert (kind, document.name[-4:]) == ("image/jpeg", ".jpg")
    assert b"SecretPhone" not in document.read()
