"""The way of the outbox through the migrations."""

from datetime import timedelta

import pytest

from tests import migrating
from tests.conftest import NOW


@pytest.mark.slow
@pytest.mark.usefixtures("fresh_db")
def test_to_whom_mails_and_texts_went_is_forgotten_and_what_waits_keeps_its_address():
    before = migrating.to("notifications", "0006_encrypted_texts")
    at = {"created_at": NOW, "next_try_at": NOW}
    models = {name: before.get_model("notifications", name) for name in ("Letter", "Text")}
    for status, sent_at in (("queued", None), ("sent", NOW), ("failed", None)):
        row = {**at, "status": status, "sent_at": sent_at}
        models["Letter"].objects.create(to=f"{status}@example.test", subject="Hello", **row)
        models["Text"].objects.create(to="+8613800000001", expires_at=NOW + timedelta(days=1), **row)

    migrating.to_the_newest()

    kept = {name: list(model.objects.order_by("pk").values_list("to", flat=True)) for name, model in models.items()}
    assert kept == {"Letter": ["queued@example.test", "", ""], "Text": ["+8613800000001", "", ""]}
