"""The standing parts of the demo city: the League, its fund, offices, providers, their people and rooms."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password

from catalog import lifecycle as programme_lifecycle
from catalog import services as programmes
from catalog.models import Programme
from core.time import today
from funding import fund_rules, funds, payees
from funding.models import Fund
from marketplace.demo.names import Names
from marketplace.demo.texts import DISHES, PROVIDERS, Dish
from organisations import lifecycle, memberships, regions, services
from organisations.acting import Acting, acting_for, clock, record
from organisations.models import Membership, Organisation, OrganisationHistory, Region, Venue
from safeguarding import services as safeguarding
from users.models import User

PASSWORD = "demo-city-2026"  # noqa: S105  printed on the demo's login page
DOMAIN = "demo.test"
BEICHEN = "120113000000"
FUND_TOTAL = 20_000_000  # fen: CNY 200,000
LINES = {"瑞景街道": 4_000_000, "天穆镇": 1_500_000, "果园新村街道": 1_200_000, "北仓镇": 1_200_000}
STILL_READ = {11, 29}  # programmes that wait for the League
OTHER_LINE = 880_000
DISTRICT_LINE = 400_000
CHECKER_ABOVE, ADVANCE_SHARE = 500_000, 3_000  # fen, basis points
REGION_FILE = Path(regions.__file__).parent / "data" / "regions-beichen.csv"

Role, Kind = Membership.Role, Organisation.Kind


@dataclass
class City:
    """What has been built so far, and where chance and time stand."""

    chance: Random
    now: datetime
    names: Names
    password_hash: str
    people: dict[str, Acting] = field(default_factory=dict)
    offices: dict[str, Organisation] = field(default_factory=dict)
    providers: dict[str, Organisation] = field(default_factory=dict)
    managers: dict[int, Acting] = field(default_factory=dict)
    crews: dict[int, list[int]] = field(default_factory=dict)
    venues: dict[int, list[Venue]] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)
    settled: int = 0
    to_batch: list[int] = field(default_factory=list)
    menu: list[Programme] = field(default_factory=list)
    dishes: dict[int, Dish] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The city's date."""
        return today(self.now)

    @property
    def founded(self) -> datetime:
        """When everything began: early enough for past sessions, late enough for checks of the year to hold."""
        return self.now - timedelta(days=190)

    def submission(self) -> UUID:
        """The one-time number of a form, drawn by the seeded chance."""
        return UUID(int=self.chance.getrandbits(128), version=4)

    def officer(self) -> Acting:
        """The League's officer."""
        return self.people["league"]


def found(seed: int, now: datetime) -> City:
    """Return an empty city whose chance is fixed by the seed and the date."""
    chance = Random(f"{seed}-{today(now)}")
    return City(chance=chance, now=now, names=Names(chance), password_hash=make_password(PASSWORD, salt=f"demo{seed}"))


def person(city: City, key: str, name: str, **fields: str) -> User:
    """Make an account that signs in as ``key@demo.test``."""
    user = User(email=f"{key}@{DOMAIN}", name=name, password=city.password_hash, joined_at=city.founded, **fields)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def join(city: City, key: str, name: str, organisation: Organisation, *roles: str, phone: str = "") -> Acting:
    """Make an account that acts for an organisation."""
    user = person(city, key, name, **({"phone": phone} if phone else {}))
    for role in roles:
        memberships.add(organisation, user=user, role=role, by=clock("seed"), now=city.founded)
    city.people[key] = acting_for(user, organisation, *roles)
    return city.people[key]


def build_league(city: City) -> None:
    """Found the League committee with its people."""
    regions.import_regions(REGION_FILE)
    league = Organisation.objects.create(
        kind=Kind.LEAGUE,
        status=Organisation.Status.ADMITTED,
        name="北辰区团委",
        name_en="Beichen Youth League Committee",
        region=Region.objects.get(code=BEICHEN),
        contact_phone="022-0000 0000",
        address="北辰区示范大街1号",
        submission_id=city.submission(),
        created_at=city.founded,
    )
    record(OrganisationHistory, clock("seed"), verb="found", after=league.status, organisation=league, at=city.founded)
    for key, name, role in [
        ("league", "唐立夏", Role.OFFICER),
        ("finance", "沈秋分", Role.FINANCE),
        ("finance2", "许霜降", Role.FINANCE),
        ("auditor", "韩大寒", Role.AUDITOR),
        ("safeguarding", "冯春分", Role.SAFEGUARDING),
        ("editor", "苏小雪", Role.EDITOR),
    ]:
        join(city, key, name, league, role)


def build_fund(city: City, times: int) -> Fund:
    """Set up this year's fund with its rule, and give each street its line: so many times that of a city of scale 1."""
    officer, year = city.officer(), city.today.year
    assert officer.organisation is not None
    fund = funds.create(
        officer.organisation,
        name=f"{year}年青少年服务专项资金",
        name_en=f"Youth services fund {year}",
        starts_on=min(date(year, 1, 1), today(city.founded)),
        ends_on=date(year + 1, 12, 31),
        by=officer,
        now=city.founded,
        submission_id=city.submission(),
    )
    funds.receive(
        fund, FUND_TOTAL * times, document="财政拨款通知书 001", by=officer, now=city.founded, key="seed:receive"
    )
    fund_rules.add(
        fund,
        required_from=today(city.founded),
        checker_above=CHECKER_ABOVE,
        advance_share=ADVANCE_SHARE,
        by=officer,
        now=city.founded,
    )
    district = Region.objects.get(code=BEICHEN)
    amounts = {}
    for office in city.offices.values():
        if office.kind == Kind.OFFICE:
            amounts[office.region] = LINES.get(office.region.name, OTHER_LINE) * times
            city.left[office.pk] = amounts[office.region]
    for region, amount in [*amounts.items(), (district, DISTRICT_LINE * times)]:
        funds.allocate(fund, region, amount, by=officer, now=city.founded, key=f"seed:line:{region.code}")
    return fund


def build_offices(city: City) -> None:
    """Admit the district's town and street offices and one school, with their rooms and people."""
    towns = Region.objects.filter(parent_id=BEICHEN, code__lt="120113400000").order_by("code")
    for region in towns:
        suffix = "办事处" if region.name.endswith("街道") else "人民政府"
        office = admitted(city, Kind.OFFICE, f"{region.name}{suffix}", "", region)
        city.offices[region.name] = office
        villages = list(region.children.order_by("code")[:3])
        for place in [
            f"{region.name}党群服务中心 二楼活动室",
            *[f"{village.name.removesuffix('居委会').removesuffix('村委会')}活动室" for village in villages],
        ]:
            venue = services.add_venue(
                office,
                name=place,
                address=f"北辰区{region.name}示范路{city.chance.randrange(1, 90)}号",
                capacity=city.chance.choice([24, 30, 40, 60]),
                by=clock("seed"),
                now=city.founded,
                phone="022-0000 0001",
            )
            city.venues.setdefault(office.pk, []).append(venue)
    _staff_offices(city)
    school_region = Region.objects.filter(
        lineage__startswith=city.offices["天穆镇"].region.lineage, level="village"
    ).order_by("code")[0]
    school = admitted(city, Kind.SCHOOL, "北辰区示范小学", "Beichen Model Primary School", school_region)
    city.offices["school"] = school
    city.managers[school.pk] = join(city, "school", "程立冬", school, Role.MANAGER, phone="+8613800000016")
    city.venues[school.pk] = [
        services.add_venue(
            school,
            name="北辰区示范小学 礼堂",
            address="北辰区天穆镇示范路6号",
            capacity=120,
            by=clock("seed"),
            now=city.founded,
        )
    ]


def _staff_offices(city: City) -> None:
    """Give the two offices of the demo logins their people, and every other office a manager."""
    ruijing, tianmu = city.offices["瑞景街道"], city.offices["天穆镇"]
    city.managers[ruijing.pk] = join(city, "office", "何清明", ruijing, Role.MANAGER, phone="+8613800000011")
    join(city, "clerk", "周谷雨", ruijing, Role.CLERK, phone="+8613800000012")
    join(city, "child-officer", "高小满", ruijing, Role.CHILD_OFFICER)
    city.managers[tianmu.pk] = join(city, "office2", "林芒种", tianmu, Role.MANAGER, phone="+8613800000013")
    for n, office in enumerate(city.offices.values()):
        if office.pk not in city.managers:
            city.managers[office.pk] = join(city, f"street{n:02}", city.names.adult(), office, Role.MANAGER)


def admitted(city: City, kind: str, name: str, name_en: str, region: Region, **details: object) -> Organisation:
    """Let an organisation apply, and admit it."""
    made = services.apply(
        kind=kind,
        name=name,
        region=region,
        submission_id=city.submission(),
        by=clock("seed"),
        now=city.founded,
        name_en=name_en,
        contact_phone="022-0000 0001",
        address=f"北辰区{region.name}示范路1号",
        **details,
    )
    return lifecycle.admit(made, by=city.officer(), now=city.founded)


def build_providers(city: City) -> None:
    """Admit ten social organisations with their crews, checked and pledged, and their bank accounts."""
    district = Region.objects.get(code=BEICHEN)
    for n, text in enumerate(PROVIDERS):
        provider = admitted(
            city,
            Kind.PROVIDER,
            text.name,
            text.name_en,
            district,
            about=text.about,
            about_en=text.about_en,
            certificate_until=city.today + timedelta(days=220),
        )
        lifecycle.end_trial(provider, by=city.officer(), now=city.founded)
        city.providers[text.key] = provider
        key = {0: "ngo", 1: "ngo2"}.get(n, f"manager{n:02}")
        phone = {0: "+8613800000021", 1: "+8613800000022"}.get(n, "")
        manager = join(city, key, city.names.adult(), provider, Role.MANAGER, phone=phone)
        money = join(city, f"money{n:02}", city.names.adult(), provider, Role.FINANCE)
        city.managers[provider.pk] = manager
        crew = [
            manager,
            *(join(city, f"crew{n:02}{i}", city.names.adult(), provider, Role.COORDINATOR) for i in range(4)),
        ]
        for worker in crew:
            clear(city, worker)
        users = [worker.user for worker in crew]
        rows = Membership.objects.filter(organisation=provider, user__in=users).exclude(role=Role.FINANCE)
        city.crews[provider.pk] = list(rows.order_by("pk").values_list("pk", flat=True))
        account = payees.set_account(
            provider,
            holder=text.name,
            bank="示范银行北辰支行",
            number=f"6200{n:04}0000{n:04}",
            by=money,
            now=city.founded,
        )
        payees.confirm_account(account, by=city.people["finance"], now=city.founded + timedelta(hours=1))


def clear(city: City, worker: Acting) -> None:
    """Record a clear check of this year for somebody, and let them sign the pledge."""
    assert worker.user is not None
    day = today(city.founded)
    safeguarding.record_check(
        worker.user,
        result="clear",
        checked_on=day,
        reference=f"查询函 {worker.user.pk:05}",
        of_age=True,
        by=city.people["safeguarding"],
        now=city.founded,
        submission_id=city.submission(),
    )
    for course in settings.REQUIRED_COURSES:
        safeguarding.record_training(
            worker.user, course=course, completed_on=day, by=city.people["safeguarding"], now=city.founded
        )
    text = safeguarding.pledge_to_sign(worker.user, day)
    if text is not None:
        safeguarding.sign_pledge(worker.user, text=text, by=worker, now=city.founded)


def build_menu(city: City) -> None:
    """Write, hand in and publish the programmes; leave two with the League and one in draft."""
    officer = city.officer()
    for n, dish in enumerate(DISHES):
        provider = city.providers[dish.provider]
        manager, at = city.managers[provider.pk], city.founded + timedelta(days=2 + n // 4, hours=n % 4)
        programme = programmes.create_draft(
            _content(dish), by=manager, now=at, submission_id=city.submission(), series=(dish.series, "")
        )
        if n == len(DISHES) - 1:
            continue
        late = n in STILL_READ
        handed_in = city.now - timedelta(days=3) if late else at + timedelta(hours=1)
        programme = programme_lifecycle.submit(programme, by=manager, now=handed_in)
        if late:
            continue
        programme = programme_lifecycle.publish(programme, by=officer, now=at + timedelta(days=1))
        city.menu.append(programme)
        city.dishes[programme.pk] = dish


def _content(dish: Dish) -> dict[str, object]:
    """Return a dish as the catalogue's content."""
    return {
        "theme": dish.theme,
        "title": dish.title,
        "title_en": dish.title_en,
        "summary": dish.summary,
        "summary_en": dish.summary_en,
        "description": dish.summary,
        "description_en": dish.summary_en,
        "steps": [vars(step) for step in dish.steps],
        "price": dish.price,
        "duration_minutes": dish.minutes,
        "min_age": dish.ages[0],
        "max_age": dish.ages[1],
        "min_group": dish.group[0],
        "max_group": dish.group[1],
        "lead_days": 5,
        "crew_size": dish.crew,
        "volunteers_wanted": dish.volunteers,
        "venue_needs": dish.venue,
        "venue_needs_en": dish.venue_en,
        "bring": dish.bring,
        "bring_en": dish.bring_en,
        "risks": dish.risks,
        "risks_en": dish.risks_en,
        "is_risky": dish.is_risky,
        "insurance": "每位孩子含活动意外险，由机构购买。",
        "insurance_en": "Every child is insured against accidents by the provider.",
        "checks_pickup": dish.ages[0] < 10,
    }
