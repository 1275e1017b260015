"""Uploads: what people send is judged by its content, never by its name, and stored under a name of our own."""

import io
import uuid
import warnings

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image

from core.errors import DomainError

MAX_IMAGE_BYTES = 10_000_000
MAX_DOCUMENT_BYTES = 20_000_000
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 1600
_FORMATS = ("JPEG", "PNG", "WEBP")
_PDF_HEAD = 1024  # a PDF's mark stands within its first kilobyte
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


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
                raise Image.DecompressionBombError  # noqa: TRY301  it is one, by our own limit
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadFile(_("The picture has too many pixels. Choose a smaller one.")) from None
    except Exception:  # noqa: BLE001  whatever a damaged picture makes its reader stumble over: it is the picture
        raise BadFile(_("This is no picture that can be read. Choose a JPEG, PNG or WebP file.")) from None
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    """Return the picture as it was held. Metadata that cannot be read says nothing of that; the picture is good."""
    try:
        turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001  cameras and attackers write what no reader foresees
        return picture
    return picture if turn is None else picture.transpose(turn)


def clean_image(upload: "UploadedFile[bytes]") -> "ContentFile[bytes]":
    """Return the picture re-encoded as JPEG, upright, at most 1,600 px long, without place, camera or other metadata.

    Raises:
        BadFile: it is too large, too many pixels, or no picture.
    """
    refuse_large(upload, MAX_IMAGE_BYTES)
    picture = _upright(_open(upload))
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
    """Return the content type that the first bytes prove, or nothing. One that names itself a PDF is a picture."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "application/pdf" if b"%PDF-" in head else ""


def clean_document(upload: "UploadedFile[bytes]") -> "tuple[ContentFile[bytes], str]":
    """Return a scanned form or a photo under a name of our own, with its content type. Pictures lose their metadata.

    A PDF stays as it came, byte for byte: any change breaks the signature of an invoice.

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
