"""How often a test repeats what only repetition proves: a few times each day, the full count under ``make prove``."""

import os


def share(full: int) -> int:
    """Return the part of a full count that ``PROVE_SHARE`` asks for (10 = a tenth), at least 1."""
    return max(1, full // int(os.environ.get("PROVE_SHARE", "1")))
