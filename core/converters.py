"""What may stand in the places of addresses."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class BigIntConverter(IntConverter):
    """Digits that a 64-bit column holds: a longer number is no address of ours, so it is not found."""

    regex = "[0-9]{1,18}"


register_converter(BigIntConverter, "bigint")
