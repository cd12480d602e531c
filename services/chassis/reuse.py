"""Connections of a pool to PostgreSQL, used by one after the other."""


async def as_it_is(_: object) -> None:
    """For the ``reset`` of a pool in which a transaction ends all that was set or locked: one question less each time.

    Without it asyncpg asks the server to put back what nobody has changed.
    """
