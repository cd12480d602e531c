"""Make the documentation a site and check every link: ``python -m tools.docs [FOLDER]``, usually in build/docs."""

import sys
from pathlib import Path

from tools.docs import build, checked


def main() -> int:
    """Build and check; returns 1 with a line for each fault."""
    site = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else build.SITE
    try:
        build.build(site)
    except build.NotBuilt as fault:
        print(fault, file=sys.stderr)
        return 1
    if faults := checked.faults(site):
        print("\n".join(faults), file=sys.stderr)
        return 1
    print(f"{len(list(site.rglob('*.html')))} pages in {site}: open index.html, or serve the folder")
    return 0


if __name__ == "__main__":
    sys.exit(main())
