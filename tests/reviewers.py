"""Lets fewer people decide, as if two had agreed on it, for tests that are about something else."""

from uuid import UUID

import asyncpg


async def one_reviewer(superuser_url: str, site: str = "") -> None:
    """From now on one person decides at *site*, or everywhere."""
    connection = await asyncpg.connect(superuser_url)
    try:
        number = await connection.fetchval(
            "INSERT INTO watchlist.reviewers_change (site, reviewers, reason, asked_by_id, asked_by_name)"
            " VALUES ($1, 1, 'one is on duty', $2, 'li.wei') RETURNING number",
            site,
            UUID(int=901),
        )
        await connection.execute(
            "UPDATE watchlist.reviewers_change SET approved_by_id = $2, approved_by_name = 'ana.ruiz',"
            " approved_at = now() WHERE number = $1",
            number,
            UUID(int=902),
        )
    finally:
        await connection.close()
