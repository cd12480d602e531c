"""Arguments that commands of the group share."""

from typing import Annotated

import typer

List = Annotated[str, typer.Argument(help="Name of the list.", metavar="LIST")]
Hospital = Annotated[str, typer.Argument(help="What the publisher calls the hospital.", metavar="HOSPITAL")]
ReadOut = Annotated[
    str,
    typer.Option(
        "--read-out",
        help="The last sixteen characters of the fingerprint, as the other side read them out by telephone.",
    ),
]
