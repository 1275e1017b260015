"""The steps of a login where ours differs from allauth's."""

from allauth.account.stages import EmailVerificationStage
from django.http import HttpResponseBase

from users.models import User


class EmailStage(EmailVerificationStage):
    """Wants an address confirmed of who comes in by it; a proven number is a contact as well, and needs no address."""

    def handle(self) -> tuple[HttpResponseBase | None, bool]:
        """Let who came in another way, and has a number, go on."""
        user = self.login.user
        if isinstance(user, User) and user.phone and not self.login.email:
            return None, True
        answer: tuple[HttpResponseBase | None, bool] = super().handle()
        return answer
