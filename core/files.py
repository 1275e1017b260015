"""Uploads: what people send is judged by its content, never by its name, and stored under a name of our own."""

import io
import uuid
import warnings

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import DomainError

MAX_IMAGE_BYTES = 10_000_000
MAX_DOCUMENT_BYTES = 20_000_000
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 1600
_FORMATS = ("JPEG", "PNG", "WEBP")
_PDF_HEAD = 1024  # a PDF's mark stands within its first kilobyte


class BadFile(DomainError):
    """An upload is too large, or is not what it says it is."""


def refuse_large(upload: "UploadedFile[bytes]", limit: int) -> None:
    """Pass if the upload has at most so many bytes.

    Raises:
        BadFile: it is larger.
    """
    if (upload.size or 0) > limit:
        raise BadFile(
            _("The file is larger than %(megabytes)s MB. Choose a smaller one.") % {"megabytes": limit // 10**6}
        )


def _open(upload: "UploadedFile[bytes]") -> Image.Image:
    """Return the decoded picture, or refuse what is none or unpacks to too much."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            upload.seek(0)
            Image.open(upload, formats=_FORMATS).verify()
            upload.seek(0)
            picture = Image.open(upload, formats=_FORMATS)
            if picture.width * picture.height > MAX_PIXELS:
                raise BadFile(_("The picture has too many pixels. Choose a smaller one."))
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadFile(_("The picture has too many pixels. Choose a smaller one.")) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise BadFile(_("This is no picture that can be read. Choose a JPEG, PNG or WebP file.")) from None
    return picture


def clean_image(upload: "UploadedFile[bytes]") -> "ContentFile[bytes]":
    """Return the picture re-encoded as JPEG, upright, at most 1,600 px long, without place, camera or other metadata.

    Raises:
        BadFile: it is too large, too many pixels, or no picture.
    """
    refuse_large(upload, MAX_IMAGE_BYTES)
    picture = ImageOps.exif_transpose(_open(upload))
    if picture.mode != "RGB":
        layer = picture.convert("RGBA")
        picture = Image.new("RGB", layer.size, "white")
        picture.paste(layer, mask=layer.getchannel("A"))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=82, optimize=True)
    return ContentFile(out.getvalue(), name=f"{uuid.uuid4().hex}.jpg")


def document_type(head: bytes) -> str:
    """Return the content type that the first bytes prove, or nothing."""
    if b"%PDF-" in head:
        return "application/pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/png" if head.startswith(b"\x89PNG\r\n\x1a\n") else ""


def clean_document(upload: "UploadedFile[bytes]") -> "tuple[ContentFile[bytes], str]":
    """Return a scanned form or a photo under a name of our own, with its content type. Pictures lose their metadata.

    Raises:
        BadFile: it is too large, or neither PDF nor JPEG nor PNG.
    """
    refuse_large(upload, MAX_DOCUMENT_BYTES)
    upload.seek(0)
    kind = document_type(upload.read(_PDF_HEAD))
    if not kind:
        raise BadFile(_("This file is neither PDF nor JPEG nor PNG. Scan the form into one of these."))
    if kind != "application/pdf":
        return clean_image(upload), "image/jpeg"
    upload.seek(0)
    return ContentFile(upload.read(), name=f"{uuid.uuid4().hex}.pdf"), kind
