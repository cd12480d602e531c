"""What the operator sets for federation."""

from pathlib import Path

from pydantic import Field

from services.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Environment variables ``WARDWATCH_FEDERATION_<NAME>``."""

    seed_file: Path  # of the user who publishes, in account FED
    record_seed_file: Path  # of the user who asks the watchlist service, in account RECORD
    # A seed for each list that was joined, ``joined-<list>.nk``; looked at again and again.
    joined_folder: Path
    # What this service signs requests with, and the public keys of all authors (docs/adr/0071).
    signing_key_file: Path
    authors_file: Path
    keys_file: Path  # of lists and of this hospital: this service's alone
    public_file: Path  # how the broker of this installation is known to others
    database_url: str
    database_password_file: Path | None = None
    title: str = Field("Hospital", min_length=1, max_length=100)  # how this hospital calls itself to publishers
