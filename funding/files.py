"""Where the files of money lie."""

from django.core.files.storage import Storage, storages


def private_storage() -> Storage:
    """Return where files lie that only a view may hand out."""
    return storages["private"]
