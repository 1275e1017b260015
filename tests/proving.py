"""How often a test repeats what only repetition proves: a few times each day, the full count under ``make prove``."""

import os


def share(full: int, slow: int = 1) -> int:
    """Return the part of a full count that ``PROVE_SHARE`` asks for (10 = a tenth), at least 1.

    ``slow``: a part is so many times smaller still, for what takes seconds each; the full count stays.
    """
    part = int(os.environ.get("PROVE_SHARE", "1"))
    return max(1, full // (part * slow if part > 1 else 1))
