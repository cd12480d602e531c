"""The answer that opens a session, and the cookie that keeps it."""

from aiohttp import web

from proto.wardwatch.v1.roles import may
from services.alerts.accounts.holder import Holder
from services.alerts.edge import models
from services.alerts.edge.authorisation import COOKIE
from services.alerts.edge.http import model_response


def session_opened(holder: Holder, token: str, *, time_zone: str, life_seconds: int) -> web.Response:
    """Tell a browser, or another client, of its new session."""
    opened = models.SessionOpened(
        token=token,
        id=holder.account_id,
        account=holder.name,
        role=holder.role,
        may=may(holder.role),
        sites=None if holder.sites is None else sorted(holder.sites),
        expires_at=holder.expires_at,
        time_zone=time_zone,
    )
    response = model_response(opened)
    response.set_cookie(COOKIE, token, max_age=life_seconds, path="/", secure=True, httponly=True, samesite="Strict")
    return response
