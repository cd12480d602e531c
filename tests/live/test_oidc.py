"""Signing in at the hospital's own sign-in: on the real service, against npm's oidc-provider as a process."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import aiohttp
import asyncpg
import pytest

from tests.fakes import eventually
from tests.live import alerts_client as live
from tests.live import oidc
from tests.live.hospital import Hospital
from tests.live.processes import Alerts

pytestmark = pytest.mark.timeout(120)

WRONG: Final = {
    "wrong-nonce": "nonce",
    "wrong-audience": "audience",
    "wrong-issuer": "issuer",
    "wrong-time": "out_of_time",
    "wrong-signature": "signature",
    "unsigned": "unsigned",
    "signed-by-secret": "unsigned",
}


async def test_whom_the_hospital_names_signs_in_and_nobody_else(hospital: Hospital, tmp_path: Path) -> None:
    owner = await hospital.owner()
    admin = await live.invite(hospital.database, "ada", "administrator")
    await live.invite(hospital.database, "li", "supervisor")
    await owner.execute("select accounts.set_identity('li', 'li@h1')")
    for account in WRONG:
        await owner.execute("insert into accounts.account (name, role, identity) values ($1, 'guard', $1)", account)

    async with oidc.provider(tmp_path) as provider, hospital.alerts(**provider.settings) as service:
        await provider.lets_in("li@h1")
        answered = await oidc.went_there(service)
        # Another browser, another answer, a state that nobody gave (be it by bits that say nothing), and a used answer.
        assert await _refused(await replace(answered, cookie="another").sent(service)) == ("oidc_state", None)
        forged = f"{answered.state[:-1]}{'A' if answered.state[-1] != 'A' else 'B'}"
        assert await _refused(await replace(answered, state=forged).sent(service)) == ("oidc_state", None)
        other = await oidc.went_there(service)
        assert await _refused(await replace(other, code=answered.code).sent(service)) == ("oidc_token", "bad_code")
        answered = await oidc.went_there(service)
        status, opened = await answered.sent(service)
        assert (status, opened["account"], opened["role"]) == (200, "li", "supervisor")
        assert (await answered.sent(service))[0] == 401

        await _proves_anew(service, provider, str(opened["token"]), owner)

        # Whom the hospital knows and nobody here has added is not let in, and not added.
        await provider.lets_in("stranger@h1")
        assert await _refused(await (await oidc.went_there(service)).sent(service)) == ("oidc_unknown", None)
        for account, reason in WRONG.items():
            await provider.lets_in(account)
            assert await _refused(await (await oidc.went_there(service)).sent(service)) == ("oidc_token", reason)

        async with live.signed_in(service, admin) as http:
            rows = (await _read(http, "/api/v1/accounts"))["accounts"]
            assert isinstance(rows, list)
            assert {row["name"]: row["devices"] for row in rows} == {"ada": 1, "li": 1, **dict.fromkeys(WRONG, 0)}
            (li,) = [row for row in rows if row["name"] == "li"]
            async with http.post(f"/api/v1/accounts/{li['id']}/disabling", json={"reason": "has left"}) as reply:
                assert reply.status == 200
        await provider.lets_in("li@h1")
        assert await _refused(await (await oidc.went_there(service)).sent(service)) == ("oidc_unknown", None)


async def _proves_anew(
    service: Alerts, provider: oidc.Provider, token: str, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Whoever signed in there long ago signs in there again before what matters; another's sign-in does not count."""
    await owner.execute("update accounts.session set proven_at = now() - interval '11 minutes' where way = 'oidc'")
    await owner.execute("update accounts.account set changed_reason = 'announce'")
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(service.url, headers=headers) as http:
        matching = "/api/v1/sites/h1/matching"
        async with http.post(matching, json={"stopped": True, "reason": "a drill"}) as reply:
            assert reply.status == 202  # a stop waits for nothing
        resume = {"stopped": False, "reason": "the drill is over"}

        async def asks() -> bool:
            async with http.post(matching, json=resume) as reply:
                return reply.status == 403 and (await reply.json(content_type=None))["code"] == "proof_needed"

        await eventually(asks)  # the service has heard of it
        proof = "/api/v1/session/proof/oidc"
        # An answer that was asked for to sign in proves nothing.
        signed_in = await oidc.went_there(service)
        assert await _refused(await signed_in.sent(service, to=proof, token=token)) == ("oidc_state", None)
        await provider.lets_in("ana@h1")
        anothers = await oidc.went_there(service, prove=True)
        assert await _refused(await anothers.sent(service, to=proof, token=token)) == ("not_your_proof", None)
        await provider.lets_in("li@h1")
        mine = await oidc.went_there(service, prove=True)
        assert (await mine.sent(service, to=proof, token=token))[0] == 204
        async with http.post(matching, json=resume) as reply:
            assert reply.status == 202


async def _refused(answer: tuple[int, dict[str, object]]) -> tuple[object, object]:
    """Code and reason of a refusal."""
    status, problem = answer
    assert status in (401, 409), problem
    params = problem["params"]
    assert isinstance(params, dict)
    return problem["code"], params.get("reason")


async def _read(http: aiohttp.ClientSession, path: str) -> dict[str, object]:
    async with http.get(path) as reply:
        assert reply.status == 200
        content: dict[str, object] = await reply.json()
        return content
