"""Bases of all JSON models of the HTTP interface."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

# PostgreSQL holds no NUL.
_NO_NUL: Final = r"^[^\x00]*$"

Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
NoNul = Annotated[str, Field(pattern=_NO_NUL)]
Reason = Annotated[str, Field(min_length=3, max_length=500, pattern=_NO_NUL)]


class RequestModel(BaseModel):
    """A request body; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ResponseModel(BaseModel):
    """A response body."""

    model_config = ConfigDict(frozen=True)


class QrCode(ResponseModel):
    """A QR code of ``size`` by ``size`` modules; ``path`` is the SVG path of the dark ones."""

    size: int
    path: str
