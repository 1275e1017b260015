"""Writes about one's own account."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import encryption
from core.errors import DomainError
from users.models import User


class PhoneTaken(DomainError):
    """Another login has the number."""


def edit_details(user: User, *, name: str, language: str) -> User:
    """Change how somebody is called and in which language messages reach them."""
    user.name, user.language = name.strip(), language
    user.save(update_fields=["name", "language"])
    return user


def account_of(phone: str, *, language: str) -> User:
    """Return the login of a proven number; make it where there is none. Two proofs at once make one login."""
    known = User.objects.filter(phone=phone).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            encryption.hold(phone)
            known = User.objects.filter(phone=phone).first()
            return known or User.objects.create_user(phone=phone, language=language)
    except IntegrityError:
        return User.objects.get(phone=phone)


def set_phone(user: User, phone: str) -> bool:
    """Make a proven number the login's. Return whether it is another one than before.

    Raises:
        PhoneTaken: it is the number of another login.
    """
    if user.phone == phone:
        return False
    taken = PhoneTaken(_("Another login has this number. Log in with it, or use another number here."))
    try:
        with transaction.atomic():
            encryption.hold(phone)
            if User.objects.filter(phone=phone).exclude(pk=user.pk).exists():
                raise taken
            User.objects.filter(pk=user.pk).update(phone=phone)
    except IntegrityError as error:
        raise taken from error
    user.phone = phone
    return True
