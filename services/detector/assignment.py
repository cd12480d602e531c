"""Which track each face continues, and how much worse the next best explanation of the frame would be. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

# Stands for a pair that cannot be; far above the sum of all costs that can.
_NEVER: Final = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """For each row the column it got, or -1, and by how much the total would rise were it not to get that."""

    columns: NDArray[np.intp]  # (rows,)
    margins: Float64  # (rows,), zero where the column is -1


def assign(costs: Float64, *, alone: float, new: Float64) -> Assignment:
    """The cheapest assignment of rows to columns: *costs* (rows, columns), infinite where a pair cannot be.

    A row without a column costs *alone*; a column without a row costs its *new* (columns,).
    """
    rows, columns = costs.shape
    possible = np.isfinite(costs)
    if not possible.any():
        return Assignment(np.full(rows, -1, np.intp), np.zeros(rows))
    if possible.sum(axis=0).max() == possible.sum(axis=1).max() == 1:
        return _each_for_itself(costs, possible, alone + new)
    # A column of its own for each row that stays alone.
    table = np.full((rows, columns + rows), _NEVER)
    table[:, :columns] = np.where(np.isfinite(costs), costs - new, _NEVER)
    table[np.arange(rows), columns + np.arange(rows)] = alone
    chosen = _cheapest(table)
    margins = np.where(chosen < columns, _margins(table, chosen), 0.0)
    return Assignment(np.where(chosen < columns, chosen, -1), margins)


def _each_for_itself(costs: Float64, possible: NDArray[np.bool_], apart: Float64) -> Assignment:
    """The usual frame: nobody has a choice but to take the one column that can be, or to cost *apart* with it."""
    columns = np.where(possible.any(axis=1), possible.argmax(axis=1), -1)
    rises = np.where(columns >= 0, apart[columns] - costs[np.arange(len(columns)), columns], 0.0)
    return Assignment(np.where(rises > 0, columns, -1), np.where(rises > 0, rises, 0.0))


def _cheapest(table: Float64) -> NDArray[np.intp]:
    """The column of each row of *table* (rows, columns >= rows) in the assignment of least sum.

    The Hungarian method by shortest augmenting paths (Jonker and Volgenant 1987), row by row.
    """
    rows, columns = table.shape
    of_row, of_column = np.zeros(rows), np.zeros(columns)  # the dual values
    owner = np.full(columns, -1, np.intp)
    for first in range(rows):
        shortest, before = np.full(columns, np.inf), np.full(columns, -1, np.intp)
        open_ = np.ones(columns, np.bool_)
        row, at, length = first, -1, 0.0
        visited_rows = [first]
        while True:
            through = length + table[row] - of_row[row] - of_column
            nearer = open_ & (through < shortest)
            shortest[nearer], before[nearer] = through[nearer], at
            at = int(np.argmin(np.where(open_, shortest, np.inf)))
            length = float(shortest[at])
            open_[at] = False
            if owner[at] < 0:
                break
            row = int(owner[at])
            visited_rows.append(row)
        closed = ~open_
        of_row[first] += length
        for each in visited_rows[1:]:
            of_row[each] += length - shortest[owner == each][0]
        of_column[closed] -= length - shortest[closed]
        while at >= 0:
            previous = int(before[at])
            owner[at] = first if previous < 0 else owner[previous]
            at = previous
    chosen = np.empty(rows, np.intp)
    taken = np.flatnonzero(owner >= 0)
    chosen[owner[taken]] = taken
    return chosen


def _margins(table: Float64, chosen: NDArray[np.intp]) -> Float64:
    """By how much the sum rises at least when a row must not have its column: the cheapest exchange it takes part in.

    An exchange is a cycle: each row in it takes the column of the next. One more node holds all free columns. As the
    assignment is the cheapest, no cycle is negative, and all of them are found at once (Floyd 1962).
    """
    rows = len(chosen)
    own = table[np.arange(rows), chosen]
    free = np.ones(table.shape[1], np.bool_)
    free[chosen] = False
    step = np.zeros((rows + 1, rows + 1))
    step[:rows, :rows] = table[:, chosen] - own[:, np.newaxis]
    step[:rows, rows] = (table[:, free].min(axis=1) if free.any() else _NEVER) - own
    ways = step.copy()
    for middle in range(rows + 1):
        np.minimum(ways, ways[:, middle, np.newaxis] + ways[middle], out=ways)
    rise = step[:rows] + ways[:, :rows].T
    rise[np.arange(rows), np.arange(rows)] = np.inf
    least: Float64 = rise.min(axis=1)
    return least
