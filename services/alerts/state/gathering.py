"""Reasons with one cause are said as one, with how many there are and the first names. Pure.

A hundred cameras behind a cable that was pulled out are one sentence, and not a hundred that hide everything else.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.alerts.state.core import Identity, identity
from services.alerts.state.reasons import Reason

# Up to so many are said one by one, and of more than that so many are named.
NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Many:
    """The code for many reasons of one, and the parameter *one* of which the *others* hold the first, by commas."""

    code: str
    one: str = "camera"
    others: str = "cameras"


MANY: Final[Mapping[str, Many]] = {
    "camera_silent": Many("cameras_silent"),
    "camera_trouble": Many("cameras_trouble"),
    "camera_unsearched": Many("cameras_unsearched"),
    "camera_clock": Many("cameras_clock"),
    "line_unproven": Many("lines_unproven"),
    "line_broken": Many("lines_broken"),
    "hospital_silent": Many("hospitals_silent", "hospital", "hospitals"),
}
# Where all of a site are silent, both say so in one sentence.
ALL_SILENT: Final = "none_of_cameras_sends"


def gathered(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """*reasons* in their order, those that differ in nothing but a name and figures as one where there are many."""
    alike = defaultdict[Identity, list[Reason]](list)
    for reason in reasons:
        alike[_kind(reason)].append(reason)
    return _all_silent([reason for group in alike.values() for reason in _as_one(group)])


def _kind(reason: Reason) -> Identity:
    """What reasons that are said as one have in common."""
    many = MANY.get(reason.code)
    common = {name: value for name, value in reason.parameters.items() if many is None or name != many.one}
    code, site, words = identity(replace(reason, parameters=common))
    return code, site, (*words, ("working", reason.working.value))


def _as_one(group: Sequence[Reason]) -> Sequence[Reason]:
    many = MANY.get(group[0].code)
    if many is None or len(group) <= NAMED:
        return group
    names = sorted(str(reason.parameters[many.one]) for reason in group)
    figures = [{name: value for name, value in each.parameters.items() if isinstance(value, int)} for each in group]
    # What holds of all: silent for so long, or longer.
    least = {name: min(each.get(name, value) for each in figures) for name, value in figures[0].items()}
    parameters: dict[str, str | int] = {name: value for name, value in group[0].parameters.items() if name != many.one}
    parameters |= least | {"count": len(group), many.others: ", ".join(names[:NAMED])}
    return [replace(group[0], code=many.code, parameters=parameters)]


def _all_silent(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Where no camera of a site sends and they are many, that is one sentence as well."""
    many = {reason.site: reason for reason in reasons if reason.code == MANY["camera_silent"].code}
    whole = {reason.site for reason in reasons if reason.code == "no_camera_sends"} & many.keys()
    return tuple(
        replace(reason, code=ALL_SILENT, parameters={**many[reason.site].parameters, **reason.parameters})
        if reason.code == "no_camera_sends" and reason.site in whole
        else reason
        for reason in reasons
        if reason.site not in whole or reason is not many[reason.site]
    )
