"""Two thousand invented families, the guardians and youths of the demo logins, volunteers."""

from datetime import date, timedelta

from allauth.account.models import EmailAddress

from marketplace.demo.city import BEICHEN, DOMAIN, City, person
from organisations.acting import Acting
from organisations.models import Region
from people import youths
from people.bulk import Family, add_families
from people.models import Child, Guardianship
from people.services import ChildFacts
from safeguarding import consents
from users.models import User

FAMILIES = 2000


def build_families(city: City, scale: float) -> list[Child]:
    """Add the families with their consents. Most have a login; some were registered by a clerk."""
    communities = list(Region.objects.filter(lineage__contains=f"/{BEICHEN}/", level="village").order_by("code"))
    count = max(20, int(FAMILIES * scale))
    users = _accounts(city, count)
    guardian, guardian2 = _demo_guardians(city)
    ruijing = [one for one in communities if one.is_within(city.offices["瑞景街道"].region)]
    families = [
        _family(city, guardian, [("小满", 9), ("谷雨", 7), ("惊蛰", 5)], ruijing[0]),
        _family(city, guardian2, [("白露", 8)], ruijing[1 % len(ruijing)]),
        *(_random_family(city, user, communities, ruijing) for user in users),
    ]
    children = add_families(families, now=city.founded + timedelta(days=5))
    _consent(city, children)
    _youth(city, children, ruijing[0])
    _clerks_families(city, ruijing)
    return list(Child.objects.select_related("home_community").order_by("pk"))


def _accounts(city: City, count: int) -> list[User]:
    """Make the families' accounts with the one shared password hash."""
    surnames = [city.names.surname() for _ in range(count)]
    rows = [
        User(
            email=f"family{n:04}@{DOMAIN}",
            name=city.names.adult(surname),
            phone=f"+86139{city.chance.randrange(1000):03}{n:05}",
            password=city.password_hash,
            joined_at=city.founded,
        )
        for n, surname in enumerate(surnames)
    ]
    made = User.objects.bulk_create(rows, batch_size=500)
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in made], batch_size=500
    )
    return made


def _demo_guardians(city: City) -> tuple[User, User]:
    first = person(city, "guardian", "林家长", phone="+8613800002047")
    second = person(city, "guardian2", "何家长", phone="+8613800005316")
    city.people["guardian"], city.people["guardian2"] = Acting(user=first), Acting(user=second)
    return first, second


def _family(city: City, user: User, children: list[tuple[str, int]], home: Region) -> Family:
    facts = [(ChildFacts(user.name[0] + name, _born(city, age), home), city.submission()) for name, age in children]
    return Family(name=user.name, phone=user.phone or "", by=Acting(user=user), children=facts)


def _born(city: City, age: int) -> date:
    """A birth date of somebody who has been that old for some months and stays so for some."""
    return city.today - timedelta(days=age * 365 + 130 + city.chance.randrange(90))


def _random_family(city: City, user: User, communities: list[Region], ruijing: list[Region]) -> Family:
    home = city.chance.choice(ruijing if city.chance.random() < 0.2 else communities)
    ages = city.chance.sample(range(5, 16), k=1 if city.chance.random() < 0.65 else 2)
    return _family(city, user, [(city.names.child("")[-2:], age) for age in sorted(ages, reverse=True)], home)


def _consent(city: City, children: list[Child]) -> None:
    """Everybody agreed to sign up and answered about photos, but for the youngest of the demo guardian."""
    pairs = [
        (one.child, one.guardian)
        for one in Guardianship.objects.filter(child__in=children).select_related("child", "guardian").order_by("pk")
    ]
    now = city.founded + timedelta(days=5, hours=1)
    missing = {child.pk for child in children[1:2]}
    consents.answer_many([pair for pair in pairs if pair[0].pk not in missing], purpose="sign_up", given=True, now=now)
    yes = [pair for pair in pairs if pair[0].pk % 3 and pair[0].pk not in missing]
    no = [pair for pair in pairs if not pair[0].pk % 3 and pair[0].pk not in missing]
    consents.answer_many(yes, purpose="photo", given=True, now=now)
    consents.answer_many(no, purpose="photo", given=False, now=now)


def _youth(city: City, children: list[Child], home: Region) -> None:
    """A youth of fifteen with an account of their own, connected by their guardian's link."""
    parent = person(city, "youth-parent", "高家长", phone="+8613800007788")
    family = _family(city, parent, [("思远", 15)], home)
    (child,) = add_families([family], now=city.founded + timedelta(days=5))
    pair = (child, child.guardianships.get().guardian)
    consents.answer_many([pair], purpose="sign_up", given=True, now=city.founded + timedelta(days=5))
    youth = person(city, "youth", "高思远", phone="+8613800007789")
    later = city.now - timedelta(days=20)
    secret = youths.make_link(child, by=Acting(user=parent), now=later)
    youths.take_up(secret, user=youth, now=later + timedelta(hours=1))
    city.people["youth"] = Acting(user=youth)


def _clerks_families(city: City, communities: list[Region]) -> None:
    """Families without a smartphone, registered by the clerk of Ruijing with consents on paper."""
    clerk = city.people["clerk"]
    now = city.founded + timedelta(days=8)
    rows = []
    for n in range(12):
        surname = city.names.surname()
        facts = ChildFacts(city.names.child(surname), _born(city, 7 + n % 6), city.chance.choice(communities))
        rows.append(
            Family(
                name=city.names.adult(surname),
                phone=f"+861370000{n:04}",
                by=clerk,
                relation="grandparent",
                children=[(facts, city.submission())],
            )
        )
    for child in add_families(rows, now=now):
        guardian = child.guardianships.get().guardian
        consents.answer(child, guardian=guardian, purpose="sign_up", given=True, by=clerk, now=now, paper_on=now.date())


def build_helpers(city: City) -> list[User]:
    """Volunteers and an invited reviewer."""
    volunteer = person(city, "volunteer", "唐志强", phone="+8613800003344")
    reviewer = person(city, "reviewer", "曾建国", phone="+8613800003355")
    city.people["volunteer"], city.people["reviewer"] = Acting(user=volunteer), Acting(user=reviewer)
    others = [person(city, f"volunteer{n:02}", city.names.adult()) for n in range(24)]
    return [volunteer, *others]
