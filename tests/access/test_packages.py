"""What packages bring with them is guarded as our own addresses are: Wagtail's admin for editors and nobody else."""

import gc

import pytest

from tests.access import asking, packages
from tests.access.tables import PACKAGES
from tests.access.world import ROLES
from tests.proving import in_turn

pytestmark = [
    pytest.mark.django_db,
    # Wagtail opens a temporary file for each size of a picture and leaves it to be collected.
    pytest.mark.filterwarnings("ignore:Exception ignored in.*SpooledTemporaryFile"),
]
ADMIN = "/cms/"
OPEN_IN_ADMIN = {"/cms/.*/", "/cms/jsi18n/", "/cms/sprite/"}  # a catch-all that is not found, words and drawings


@pytest.fixture
def things(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    yield packages.make_things(world)
    gc.collect()  # here, not in whatever test comes next


@pytest.mark.prove
def test_each_address_of_a_package_answers_one_who_may_and_one_who_may_not(world, things):
    wrong, clients = {}, {}
    for number, (address, method) in enumerate(packages.lines()):
        line = (address.pattern, method)
        by_role = {role: packages.expected(role)[line] for role in ROLES}
        for role in asking.to_ask(number, by_role):
            client = clients.setdefault(role, asking.client_of(role, world))
            found = packages.ask(client, method, packages.path_of(address, things))
            if found != by_role[role]:
                wrong[line, role] = (found, by_role[role])
    assert wrong == {}
    assert set(clients) == set(ROLES)


@pytest.mark.prove
@pytest.mark.parametrize("role", in_turn(ROLES, 3))
def test_the_addresses_of_packages_answer_the_role_as_the_table_says(role, world, things, record_property):
    found = packages.column(role, world, things)

    record_property("cells", len(found))
    assert asking.differing(found, packages.expected(role)) == {}


def test_the_second_table_has_a_line_for_each_address_and_method_and_no_other():
    lines = [(pattern, method) for pattern, method, *_ in PACKAGES.rows()]

    assert sorted(lines) == sorted((address.pattern, method) for address, method in packages.lines())


def test_by_the_second_table_the_admin_lets_in_editors_only_and_no_editor_to_accounts_and_settings():
    for role in ("anonymous", "nobody"):
        ways_in = {pattern for (pattern, _), answer in PACKAGES.columns()[role].items() if answer == "may"}
        assert {pattern for pattern in ways_in if pattern.startswith(ADMIN)} <= OPEN_IN_ADMIN
    kept = ("/cms/users/", "/cms/groups/", "/cms/sites/", "/cms/settings/", "/cms/locales/", "/cms/redirects/")
    editor = PACKAGES.columns()["editor"].items()
    assert [line for line, answer in editor if line[0].startswith(kept) and answer not in {"home", "404", "405"}] == []
