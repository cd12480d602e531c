"""In which order tests are handed out, when several processes run them.

Each begins with its share of the modules that start whole processes, which are long and not to be torn apart, since
their tests share what they have started; what is short comes behind them, and one process takes it over from another.
"""

from collections.abc import Callable, Sequence
from itertools import groupby, islice
from typing import TypeVar

Test = TypeVar("Test")


def dealt(
    tests: Sequence[Test], count: int, module: Callable[[Test], str], is_long: Callable[[Test], bool]
) -> list[Test]:
    """*tests* in an order in which *count* processes, each given an equal stretch, begin with as many long ones."""
    modules = [list(group) for _, group in groupby(tests, module)]
    long = [each for each in modules if any(map(is_long, each))]
    short = iter([test for each in modules if not any(map(is_long, each)) for test in each])
    shares: list[list[Test]] = [[] for _ in range(count)]
    # The longest module to whoever has least, by the number of tests, which is what is known of their length.
    for group in sorted(long, key=len, reverse=True):
        min(shares, key=len).extend(group)
    left = len(tests)
    for index, share in enumerate(shares):
        size = left // (count - index)
        share.extend(islice(short, max(0, size - len(share))))
        left -= size
    return [test for share in shares for test in share] + list(short)
