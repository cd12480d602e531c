"""How a line of progress is laid out: on a narrow terminal the bar and the words give way, never the figures."""

from rich.table import Column


def figures() -> Column:
    """A column that stays whole."""
    return Column(no_wrap=True)


def words() -> Column:
    """A column that is shortened like the bar."""
    return Column(overflow="ellipsis")
