"""``manage.py setup_city``: set up a real city at the console, or print the link of the first-run page."""

from datetime import date
from getpass import getpass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone, translation

from core.errors import DomainError
from core.money import parse_money
from marketplace import city
from organisations.region_file import BadFile

NEEDED = ("league", "region", "officer_name", "officer_email")
OF_A_FUND = ("fund_amount", "fund_document", "fund_from", "fund_until")


class Command(BaseCommand):
    """Set up League committee, first officer, regions, fund and invitations, wholly or not at all."""

    help = "Set up a real city: regions, League committee, first officer, fund, invitations. --link prints a web link."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--link", action="store_true", help="print the link of the first-run page and stop")
        parser.add_argument("--league", help="name of the League committee")
        parser.add_argument("--league-en", default="", help="its name in English")
        parser.add_argument("--regions", type=Path, help="CSV file of regions; left out where they are imported")
        parser.add_argument("--region", help="12-digit code of the committee's region")
        parser.add_argument("--officer-name")
        parser.add_argument("--officer-email")
        parser.add_argument("--officer-password-file", type=Path, help="otherwise the password is asked for")
        parser.add_argument("--fund", help="name of the first fund")
        parser.add_argument("--fund-amount", help="in yuan, such as 200000.00")
        parser.add_argument("--fund-document", help="the paper that proves the amount")
        parser.add_argument("--fund-from", type=date.fromisoformat, help="first day, such as 2027-01-01")
        parser.add_argument("--fund-until", type=date.fromisoformat, help="last day")
        parser.add_argument("--invite", action="append", default=[], metavar="ROLE=EMAIL", help="may be repeated")

    def handle(self, *args: Any, **options: Any) -> None:
        if not city.is_needed():
            raise CommandError("This city is set up already.")
        if options["link"]:
            self.stdout.write(f"{settings.SITE_URL}{reverse('setup')}?token={city.new_token()}")
            return
        with translation.override("en"):
            try:
                league = city.set_up(self._plan(options), now=timezone.now())
            except BadFile as error:
                raise CommandError("\n".join(["Nothing was set up.", *error.problems])) from error
            except (DomainError, ValidationError, OSError) as error:
                reason = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
                raise CommandError(f"Nothing was set up. {reason}") from error
        self.stdout.write(f"{league.name} is ready: {settings.SITE_URL}{reverse('account_login')}")

    def _plan(self, options: dict[str, Any]) -> city.Plan:
        wanted = [*NEEDED, *(OF_A_FUND if options["fund"] else ())]
        missing = [f"--{name.replace('_', '-')}" for name in wanted if not options[name]]
        if missing:
            raise CommandError(f"Give also {', '.join(missing)}.")
        return city.Plan(
            league=options["league"],
            league_en=options["league_en"],
            region_code=options["region"],
            regions_file=options["regions"],
            officer_name=options["officer_name"],
            officer_email=options["officer_email"],
            officer_password=self._password(options["officer_password_file"]),
            fund=self._fund(options) if options["fund"] else None,
            invitations=[self._invitation(text) for text in options["invite"]],
        )

    def _password(self, file: Path | None) -> str:
        password = file.read_text(encoding="utf-8").strip() if file else getpass("Password of the first officer: ")
        validate_password(password)
        return password

    def _fund(self, options: dict[str, Any]) -> city.FirstFund:
        return city.FirstFund(
            name=options["fund"],
            amount=parse_money(options["fund_amount"]),
            document=options["fund_document"],
            starts_on=options["fund_from"],
            ends_on=options["fund_until"],
        )

    def _invitation(self, text: str) -> tuple[str, str]:
        role, _, email = text.partition("=")
        if role not in city.INVITED_ROLES or "@" not in email:
            roles = ", ".join(city.INVITED_ROLES)
            raise CommandError(f"--invite is ROLE=EMAIL with one of the roles {roles}; not {text}.")
        return role, email
