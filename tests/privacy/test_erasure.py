"""Erasing somebody reaches every app; a number stays, and a restore does not bring them back."""

import json
import uuid
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from activities.models import Review, SignUp
from notifications.models import Message
from organisations.models import Membership
from people.models import Child, Guardian, Guardianship, PickUpPerson
from privacy import erasure, mydata, retention
from privacy.models import Erasure, PreparedFile, RetentionRun
from tests.access import asking
from tests.access.world import NOW_THERE, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def world(settings, tmp_path):
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    with time_machine.travel(NOW_THERE, tick=False):
        yield make_world()


def test_a_guardian_deletes_a_child_on_their_page(world, django_capture_on_commit_callbacks):
    client, child = asking.client_of("guardian", world), world.child
    name, born = child.name, child.birth_date
    address = f"/my/children/{child.pk}/delete/"

    assert client.post(address, {}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(address, {"sure": "on"}).status_code == 302

    child.refresh_from_db()
    assert name not in child.name
    assert child.birth_date == born.replace(month=1, day=1)
    assert not PickUpPerson.objects.filter(child=child).exists()
    assert not Guardianship.objects.filter(child=child).exists()
    assert not SignUp.objects.active().filter(child=child, session__starts_at__gt=NOW_THERE).exists()
    assert not Review.objects.filter(sign_up__child=child).exclude(text="").exists()
    assert client.get(address).status_code == 404
    line = json.loads(erasure.log_file().read_text().splitlines()[0])
    assert (line["subject"], line["number"]) == ("child", child.pk)
    assert name not in erasure.log_file().read_text()


def test_strangers_cannot_delete_a_child(world):
    for role, status in (("guardian2", 404), ("clerk", 404), ("officer", 404)):
        assert (
            asking.client_of(role, world).post(f"/my/children/{world.child.pk}/delete/", {"sure": "on"}).status_code
            == status
        )
    assert Child.objects.get(pk=world.child.pk).erased_at is None


def test_an_account_takes_its_lonely_children_along_and_leaves_those_whom_others_answer_for(world):
    user = world.people["guardian"]
    lonely, shared = world.child, Child.objects.filter(guardianships__guardian=world.guardian_row).last()
    Guardianship.objects.filter(child=shared).exclude(guardian=world.guardian_row).delete()
    if shared.pk != lonely.pk:
        other = Guardian.objects.exclude(pk=world.guardian_row.pk).first()
        Guardianship.objects.create(guardian=other, child=shared, starts_on=NOW_THERE.date())

    erasure.erase(user, cause="asked", now=NOW_THERE)

    user.refresh_from_db()
    assert (user.name, user.phone, user.is_active) == ("", None, False)
    assert user.email.endswith("@erased.invalid")
    assert not Message.objects.filter(recipient=user).exists()
    assert Guardian.objects.get(pk=world.guardian_row.pk).phone == ""
    assert Child.objects.get(pk=lonely.pk).erased_at is not None
    assert shared.pk == lonely.pk or Child.objects.get(pk=shared.pk).erased_at is None


def test_who_acts_for_an_organisation_is_not_erased_before_that_ended(world):
    with pytest.raises(erasure.StillActing):
        erasure.erase(world.people["ngo"], cause="operator", now=NOW_THERE)
    with pytest.raises(CommandError, match="acts for an organisation"):
        call_command("erase_person", "account", str(world.people["ngo"].pk))
    assert not Erasure.objects.exists()


def test_replay_erases_again_whom_a_restore_brought_back_and_nobody_who_got_the_number(world, capsys):
    child = world.child
    before = {each.name: getattr(child, each.attname) for each in Child._meta.concrete_fields}
    call_command("erase_person", "child", str(child.pk))
    erasure.write_log()
    with pytest.raises(CommandError, match="erased already"):
        call_command("erase_person", "child", str(child.pk))

    values = {Child._meta.get_field(name).attname: value for name, value in before.items() if name != "id"}
    Child.objects.filter(pk=child.pk).update(**values)  # as a backup knows the child
    call_command("erase_person", "--replay")
    assert "Erased again: 1" in capsys.readouterr().out
    assert Child.objects.get(pk=child.pk).erased_at is not None
    assert Erasure.objects.filter(cause="replay").count() == 1

    newer = {**values, "created_at": NOW_THERE - timedelta(days=9)}
    Child.objects.filter(pk=child.pk).update(**newer)  # another child got the number
    call_command("erase_person", "--replay")
    assert Child.objects.get(pk=child.pk).name == before["name"]


def _in_log(*rows):
    names = {model: name for name, model in erasure.MODELS.items()}
    lines = [
        {"subject": names[type(row)], "number": row.pk, "made_at": erasure._made_at(row).isoformat(), "at": "x"}
        for row in rows
    ]
    erasure.log_file().write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_replay_erases_who_was_still_a_member_in_the_backup(world, capsys):
    """They had left before they were erased; the backup is older than both."""
    head = Membership.objects.filter(user=world.people["ngo"]).first()
    _in_log(head.user, world.guardian_row)

    call_command("erase_person", "--replay")

    assert "Erased again: 2" in capsys.readouterr().out
    head.refresh_from_db()
    head.user.refresh_from_db()
    assert (head.ends_on, head.user.name) == (NOW_THERE.date() - timedelta(days=1), "")
    assert head.organisation.history.filter(verb="leave", member=head.user).exists()
    assert Guardian.objects.get(pk=world.guardian_row.pk).phone == ""


def test_replay_goes_on_after_one_who_cannot_be_erased_and_says_so(world, capsys, monkeypatch):
    stuck, child = world.people["volunteer"], world.child
    _in_log(stuck, child)
    done = erasure.erase

    def erase(row, **about):
        if row == stuck:
            raise IntegrityError("Failing row contains (7, 小明)")
        return done(row, **about)

    monkeypatch.setattr(erasure, "erase", erase)
    with pytest.raises(CommandError, match=f"account {stuck.pk}: IntegrityError$"):
        call_command("erase_person", "--replay")

    assert "Erased again: 1" in capsys.readouterr().out
    assert Child.objects.get(pk=child.pk).erased_at is not None


def test_ones_own_data_comes_as_a_zip_without_other_guardians(world):
    user, number = world.people["guardian"], uuid.uuid4()
    for _click in range(2):
        mydata.ask(user, now=NOW_THERE, submission_id=number)
    assert mydata.prepare(NOW_THERE) == 1
    assert mydata.prepare(NOW_THERE) == 0
    row = PreparedFile.objects.get(submission_id=number)

    with row.file.open("rb") as file, zipfile.ZipFile(BytesIO(file.read())) as made:
        data = json.loads(made.read("data.json"))
        assert set(made.namelist()) == {"data.json", "data.xlsx"}
    assert world.child.name in {one["name"] for one in data["people.Child"]}
    assert data["users.User"] == [one for one in data["users.User"] if one["email"] == user.email]
    assert not {"password", "secret_hash"} & {key for rows in data.values() for one in rows for key in one}
    assert len(data["people.Guardian"]) == 1
    page = asking.client_of("guardian", world).get("/my/data/")
    assert f"/my/data/files/{row.pk}/" in page.text
    assert asking.client_of("guardian2", world).get(f"/my/data/files/{row.pk}/").status_code == 404


def test_the_night_forgets_files_names_of_fetchers_and_who_has_grown_up(world):
    mydata.ask(world.people["guardian"], now=NOW_THERE, submission_id=uuid.uuid4())
    mydata.prepare(NOW_THERE)
    file = PreparedFile.objects.latest("pk").file
    grown = world.teen
    Child.objects.filter(pk=grown.pk).update(birth_date=NOW_THERE.date().replace(year=NOW_THERE.year - 19))

    assert retention.run(NOW_THERE).counts["until_grown"] == 0  # the day after the birthday counts
    later = NOW_THERE + timedelta(days=2)
    run = retention.run(later)

    assert run.counts["files"] == 2
    assert not file.storage.exists(file.name)
    assert run.counts["until_grown"] == 1
    assert Child.objects.get(pk=grown.pk).erased_at == later
    assert RetentionRun.objects.count() == 2
