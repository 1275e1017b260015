"""Steps of migrations of our own: several models at once, forwards and backwards."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from core.operations import CreateModels

HOUSE = migrations.CreateModel("House", fields=[("id", models.AutoField(primary_key=True))])
ROOM = migrations.CreateModel(
    "Room",
    fields=[("id", models.AutoField(primary_key=True)), ("house", models.ForeignKey("core.House", models.CASCADE))],
)


@pytest.fixture
def step():
    """The two models in one migration, from a state that is rendered already."""
    state = ProjectState()
    assert not state.apps.get_models()
    migration = migrations.Migration("0001_houses", "core")
    migration.operations = [CreateModels([HOUSE, ROOM])]
    return state, migration


def tables() -> set[str]:
    return {name for name in connection.introspection.table_names() if name in {"core_house", "core_room"}}


@pytest.mark.usefixtures("fresh_db")
def test_models_created_together_point_at_each_other_and_go_together(step):
    before, migration = step
    with connection.schema_editor() as editor:
        after = migration.apply(before.clone(), editor)
        assert tables() == {"core_house", "core_room"}

        house = after.apps.get_model("core", "House").objects.create()
        assert after.apps.get_model("core", "Room").objects.create(house=house).house == house

        migration.unapply(before.clone(), editor)
        assert tables() == set()


def test_models_created_together_leave_the_earlier_state_alone(step):
    before, migration = step

    migration.mutate_state(before.clone())

    assert before.models == {}


def test_a_step_says_what_it_creates(step):
    assert step[1].operations[0].describe() == "Create models House, Room"
