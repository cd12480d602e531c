"""An argument or option that is an id, whole or its beginning."""

import typer

from cli import ids


def checked(text: str | None) -> str | None:
    """The id as it was typed, in one way of writing. Raises typer.BadParameter when it is none."""
    if text is None:
        return None
    try:
        return ids.typed(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
