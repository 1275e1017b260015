"""Measure the import of regions: ``python bench/regions.py [ROWS]`` (665,000 unless told) on ``DATABASE_URL``.

Writes a synthetic national file with five levels, imports it into the database (which must be migrated and without
regions), imports it again, and prints seconds and the peak memory of the process. Run it on a database of its own.
"""

import csv
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.demo")

import django

CITIES, COUNTIES, TOWNSHIPS = 11, 9, 14  # per province, per city, per county: near the country's 333, 2,900, 41,000


def write_national_file(path: Path, wanted: int) -> None:
    """Write ``wanted`` rows that look like the official file: 31 provinces down to villages."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["code", "name", "level", "parent_code"])

        def row(code: str, name: str, level: str, parent: str) -> bool:
            nonlocal count
            if count < wanted:
                out.writerow([code.ljust(12, "0"), name, level, parent and parent.ljust(12, "0")])
                count += 1
            return count < wanted

        villages = max(1, (wanted - 45_000) // (31 * CITIES * COUNTIES * TOWNSHIPS) + 1)
        for p in range(11, 42):
            row(f"{p}", f"第{p}省", "province", "")
            for c in range(1, CITIES + 1):
                city = f"{p}{c:02}"
                row(city, f"第{city}市", "city", f"{p}")
                for d in range(1, COUNTIES + 1):
                    county = f"{city}{d:02}"
                    row(county, f"第{county}区", "county", city)
                    for t in range(1, TOWNSHIPS + 1):
                        township = f"{county}{t:03}"
                        row(township, f"第{township}街道", "township", county)
                        for v in range(1, villages + 1):
                            if not row(f"{township}{v:03}", f"第{township}{v:03}社区居委会", "village", township):
                                return


def main() -> None:
    """Write, import twice, print."""
    django.setup()
    from organisations.models import Region
    from organisations.regions import import_regions

    if Region.objects.exists():
        sys.exit("The database has regions; run this on an empty, migrated one.")
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 665_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "national.csv")
        write_national_file(path, wanted)
        for attempt in ["first", "second"]:
            started = time.monotonic()
            report = import_regions(path)
            seconds = time.monotonic() - started
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{attempt} import: {report.read} rows, {report.added} new, {report.unchanged} unchanged, "
                f"{len(report.gone)} gone; {seconds:.1f} s; peak {peak:.0f} MB"
            )


if __name__ == "__main__":
    main()
