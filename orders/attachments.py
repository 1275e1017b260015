"""Files of an order: what the office asks for, the stamped form, photos of the delivery."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath
from uuid import uuid4

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.files import clean_document
from core.locking import lock
from orders import policies
from orders.models import Attachment, Order
from organisations.acting import Acting

MAX_FILES = 20


class TooManyFiles(DomainError):
    """An order holds as many files as it may."""


class NoFilesOfYours(DomainError):
    """Only the parties of an order add files to it."""


def attach(order: Order, upload: "UploadedFile[bytes]", *, kind: str, by: Acting, now: datetime) -> Attachment:
    """Keep one file with the order; see ``attach_all``."""
    return attach_all(order, [upload], kind=kind, by=by, now=now)[0]


def attach_all(
    order: Order, uploads: "Sequence[UploadedFile[bytes]]", *, kind: str, by: Acting, now: datetime
) -> list[Attachment]:
    """Keep PDFs and pictures with the order, under random names. Pictures lose their metadata. All or none.

    Raises:
        BadFile: it is too large, or neither PDF nor JPEG nor PNG.
        TooManyFiles: the order holds 20 already.
        NoFilesOfYours: they are no party of the order.
    """
    if by.user is None or by.organisation is None or not policies.may_attach(by, order):
        raise NoFilesOfYours(_("Only the office, the provider and the League add files to an order."))
    cleaned = [(upload.name or "", *clean_document(upload)) for upload in uploads]
    with transaction.atomic():
        lock(Order, order.pk)
        if order.attachments.count() + len(cleaned) > MAX_FILES:
            raise TooManyFiles(_("An order holds at most %(count)d files.") % {"count": MAX_FILES}, field="file")
        return [
            Attachment.objects.create(
                order=order,
                kind=kind,
                stored_as=f"{uuid4().hex}{PurePath(content.name or '').suffix}",
                file=content,
                name=shown_name(name, content_type),
                size=content.size,
                content_type=content_type,
                uploaded_by=by.user,
                uploaded_for=by.organisation,
                at=now,
            )
            for name, content, content_type in cleaned
        ]


def shown_name(name: str, content_type: str) -> str:
    """Return what people read: the file's own name without any path, ending in what it really is."""
    ending = ".pdf" if content_type == "application/pdf" else ".jpg"
    plain = PurePath(name.replace("\\", "/")).name
    stem = "".join(c for c in PurePath(plain).stem if c.isprintable()).strip()[:100]
    return (stem or _("file")) + ending
