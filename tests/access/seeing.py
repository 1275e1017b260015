"""What of a person is shown to whom, and where: a word is planted in each field, and everybody opens every page."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

from django.http import HttpResponseBase
from openpyxl import load_workbook

from people.models import Child
from safeguarding.models import BackgroundCheck
from tests.access import asking, packages
from tests.access.world import NOW_THERE, World

BORN = date(2015, 2, 27)
PLANTED = {  # what it is: the forms in which a page might show it
    "child": ("窦娥金丝雀",),
    "born": (*("2015-02-27", "2015年2月27日", "27 February 2015", "Feb. 27, 2015", "27 Feb 2015", "02/27/2015"),),
    "guardian": ("窦天章红雀",),
    "phone": ("13987654321", "139 8765 4321"),
    "fetcher": ("窦姥姥红隼",),
    "fetcher-phone": ("13912345678", "139 1234 5678"),
    "note": ("花生过敏戴胜",),
    "clerked-child": ("赛卢医小鸮",),
    "clerked-guardian": ("蔡婆婆鸲鹟",),
    "clerked-phone": ("13987650000", "139 8765 0000"),
    "youth": ("张驴儿灰椋",),
    "volunteer": ("桃杌太守鹡鸰",),
    "volunteer-phone": ("13787650001", "137 8765 0001"),
    "emergency": ("王绿头鸭", "13700001111"),
    "check": ("CX-鹈鹕-77",),
}
FILE = Path(__file__).with_name("seen.txt")
REMARK = """\
# What of a person is shown where, and to whom. A page that is not here shows nobody any of these words.
# before, during, after: the session for which the child is signed up. A new line needs a reason in the register.
# python -m tests.access.write_seen writes it; judge every word of it.
"""
Seen = dict[tuple[str, str], set[str]]  # what and where: whom it is shown to


def plant(world: World) -> None:
    """Put an unmistakable word into each field of a family, a youth and a volunteer."""
    one = {kind: forms[0] for kind, forms in PLANTED.items()}
    world.child.name, world.child.birth_date = one["child"], BORN
    world.guardian_row.name, world.guardian_row.phone = one["guardian"], f"+86{one['phone']}"
    world.pick_up.name, world.pick_up.phone = one["fetcher"], f"+86{one['fetcher-phone']}"
    world.health_note.text = one["note"]
    world.clerked_child.name = one["clerked-child"]
    world.clerked.name, world.clerked.phone = one["clerked-guardian"], f"+86{one['clerked-phone']}"
    volunteer, youth = world.people["volunteer"], Child.objects.get(user=world.people["youth"])
    youth.name = one["youth"]
    volunteer.name, volunteer.phone = one["volunteer"], f"+86{one['volunteer-phone']}"
    world.assignment.emergency_contact = " ".join(PLANTED["emergency"])
    rows = (world.child, world.guardian_row, world.pick_up, world.health_note, world.clerked_child, world.clerked)
    for row in (*rows, youth, volunteer, world.assignment):
        row.save()
    BackgroundCheck.objects.filter(user=volunteer).update(reference=one["check"])


def moments(world: World) -> dict[str, datetime]:
    """When the pages are opened: days before the session, in its first quarter of an hour, and when it has ended."""
    soon = timedelta(minutes=10)
    return {"before": NOW_THERE, "during": world.session.starts_at + soon, "after": world.session.ends_at + soon}


def paths(world: World, role: str) -> Iterator[tuple[str, str]]:
    """Every address with the world's things in it, by name; searches for the words; every export.

    Of what packages brought, those that send the role to the login by the second table are left out.
    """
    for each in asking.our_addresses():
        yield each.name, asking.path_of(each, world)
    by_table = packages.expected(role)
    for each in packages.addresses():
        if each.pattern.startswith("/cms/users/"):
            continue  # the superuser's list of accounts shows whoever comes first; it is searched below
        if re.fullmatch(r"[\w/.-]+", each.pattern) and by_table[each.pattern, "GET"] != "login":
            yield each.pattern, each.pattern
    for what in ("orders", "sessions", "programmes"):
        yield f"export-{what}", f"/workbench/export/{what}.xlsx"
    for kind in ("child", "guardian", "volunteer"):
        for where in ("/catalog/", "/cms/pages/search/", "/cms/users/"):
            yield f"{where}?q={kind}", f"{where}?q={PLANTED[kind][0]}"


def text_of(response: HttpResponseBase) -> str:
    """Everything that an answer says: where it leads, its headers, its page or its cells."""
    body = response.getvalue() if response.streaming else response.content
    said = f"{response.get('Location', '')} {response.headers} "
    if "spreadsheetml" in response.get("Content-Type", ""):
        rows = load_workbook(BytesIO(body)).active.iter_rows(values_only=True)
        return said + "\n".join(str(value) for row in rows for value in row)
    return said + unescape(body.decode(errors="replace"))


def shown_to(role: str, world: World) -> tuple[int, set[tuple[str, str]]]:
    """How many pages opened, and what one person saw where; what was typed into a search comes back and is not told."""
    client, opened, found = asking.client_of(role, world), 0, set()
    for name, path in paths(world, role):
        response = asking.answer_to(client, "GET", path)
        opened += response.status_code == 200
        text = text_of(response)
        typed = name.partition("?q=")[2]
        known = {typed, role if role == "volunteer" else ""}  # each page says at its head who is logged in
        found |= {
            (kind, name) for kind, forms in PLANTED.items() if kind not in known and any(f in text for f in forms)
        }
    return opened, found


def expected() -> dict[str, Seen]:
    """The file: by moment, what is shown where and to whom."""
    seen: dict[str, Seen] = defaultdict(lambda: defaultdict(set))
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind, name, when, *roles = line.split()
            for moment in when.split(","):
                seen[moment][kind, name] |= set(roles)
    return seen


def write(seen: dict[str, Seen]) -> None:
    """Write what was seen; lines that are the same at several moments are one."""
    lines: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for moment, found in seen.items():
        for (kind, name), roles in found.items():
            lines[kind, name, " ".join(sorted(roles))].append(moment)
    order = list(PLANTED)
    rows = sorted(lines, key=lambda key: (order.index(key[0]), key[1:]))
    text = "".join(
        f"{kind:16} {name:34} {','.join(lines[kind, name, roles]):19} {roles}\n" for kind, name, roles in rows
    )
    FILE.write_text(REMARK + text, encoding="utf-8")
