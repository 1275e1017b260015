"""Files of an order: what the office asks for, the stamped form, photos of the delivery."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath
from uuid import UUID, uuid4, uuid5

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, SentByAnother
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


def attach(
    order: Order,
    upload: "UploadedFile[bytes]",
    *,
    kind: str,
    by: Acting,
    now: datetime,
    submission_id: UUID | None = None,
) -> Attachment:
    """Keep one file with the order; see ``attach_all``. The same submission twice keeps it once."""
    return attach_all(order, [upload], kind=kind, by=by, now=now, submission_id=submission_id)[0]


def attach_all(
    order: Order,
    uploads: "Sequence[UploadedFile[bytes]]",
    *,
    kind: str,
    by: Acting,
    now: datetime,
    submission_id: UUID | None = None,
) -> list[Attachment]:
    """Keep PDFs and pictures with the order, under random names. Pictures lose their metadata. All or none.

    With a ``submission_id`` a second call finds the first's files.

    Raises:
        SentByAnother: the submission's number stands on a file of another order.
        BadFile: it is too large, or neither PDF nor JPEG nor PNG.
        TooManyFiles: the order holds 20 already.
        NoFilesOfYours: they are no party of the order.
    """
    if by.user is None or by.organisation is None or not policies.may_attach(by, order):
        raise NoFilesOfYours(_("Only the office, the provider and the League add files to an order."))
    cleaned = [(upload.name or "", *clean_document(upload)) for upload in uploads]
    with transaction.atomic():
        lock(Order, order.pk)
        numbers = [uuid5(submission_id, f"file {i}") if submission_id else uuid4() for i in range(len(cleaned))]
        if kept := list(Attachment.objects.filter(submission_id__in=numbers).order_by("pk")):
            return _of(order, kept)
        if order.attachments.count() + len(cleaned) > MAX_FILES:
            raise TooManyFiles(_("An order holds at most %(count)d files.") % {"count": MAX_FILES}, field="file")
        return [
            Attachment.objects.create(
                submission_id=number,
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
            for number, (name, content, content_type) in zip(numbers, cleaned, strict=True)
        ]


def _of(order: Order, kept: list[Attachment]) -> list[Attachment]:
    if any(file.order_id != order.pk for file in kept):
        raise SentByAnother
    return kept


def shown_name(name: str, content_type: str) -> str:
    """Return what people read: the file's own name without any path, ending in what it really is."""
    ending = ".pdf" if content_type == "application/pdf" else ".jpg"
    plain = PurePath(name.replace("\\", "/")).name
    stem = "".join(c for c in PurePath(plain).stem if c.isprintable()).strip()[:100]
    return (stem or _("file")) + ending
