"""Print what a service would work with: every setting, defaults included, as JSON without passwords.

    python -m services.chassis.effective detector

Reads the same variables as the service and refuses what it would refuse. The one place that imports a service's
``__main__``, by name, because that is where its settings are declared.
"""

import importlib
import json
import os
import sys
from collections.abc import Mapping

from services.chassis.errors import StartupError
from services.chassis.settings import ServiceSettings
from services.chassis.visible import visible


def effective(service: str, environ: Mapping[str, str]) -> Mapping[str, object]:
    """Every setting of *service* in *environ* by its variable, passwords hidden. Raises StartupError."""
    kind: type[ServiceSettings] = importlib.import_module(f"services.{service}.__main__").Settings
    assert issubclass(kind, ServiceSettings)
    prefix = f"WARDWATCH_{service.upper()}_"
    return kind.from_env(environ, prefix=prefix).shown(prefix=prefix)


def main() -> int:
    """Print the settings of the service named on the command line; 1 with one line when they are not valid."""
    try:
        settings = effective(sys.argv[1], os.environ)
    except StartupError as error:
        sys.stderr.write(f"{visible(str(error))}\n")
        return 1
    sys.stdout.write(json.dumps(settings, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
