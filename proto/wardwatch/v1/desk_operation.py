"""What an operation of the desk is; the tables of them are in ``desk.py`` and in ``*_operations.py``."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from proto.wardwatch.v1.roles import ALLOWED, Role

Method = Literal["get", "post", "put", "delete"]


@dataclass(frozen=True, slots=True)
class DeskOperation:
    """``upload`` and ``download`` are media types of attachments; ``path`` is None where only services may call."""

    name: str
    method: Method
    path: str | None
    summary: str
    response: type[BaseModel] | None
    request: type[BaseModel] | None = None
    upload: str | None = None
    download: str | None = None
    query: tuple[str, ...] = ()
    status: int = 200
    refusals: tuple[int, ...] = (404, 409, 422)
    paced: bool = True  # counts against the rate limit of an account

    @property
    def roles(self) -> frozenset[Role]:
        """Who may ask for it."""
        return ALLOWED[self.name]
