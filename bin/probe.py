"""Ask the site whether it is ready, as the proxy would: exit 0 if it answers 200. For container health checks."""

import os
import sys
import urllib.request


def main(address: str) -> int:
    """Ask with the site's own host name, because it refuses any other."""
    host = os.environ.get("ALLOWED_HOSTS", "127.0.0.1").split(",")[0].strip().lstrip(".")
    request = urllib.request.Request(address, headers={"Host": host, "X-Forwarded-Proto": "https"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310  the address of our own container
            return 0 if answer.status == 200 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
