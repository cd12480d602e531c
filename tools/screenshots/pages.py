"""Which pictures there are, and of which screen of the product each is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LANGUAGES: Final = {"en": "en", "zh": "zh-CN"}
# Pictures of a phone, 360 x 640, are shown as small as phones are.
_PHONE: Final = "phone-"
AUTHOR: Final = "li.wei"
APPROVER: Final = "wang.fang"
GUARD: Final = "ana.ruiz"
ADMINISTRATOR: Final = "admin"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by its name without the language.

    ``screen`` is the component that is shown, as the pages' router names it, or the file of a page that is served
    without an account. ``address`` is what follows ``#/``, or the path of such a page; ``{entry}``, ``{draft}``,
    ``{import}``, ``{incident}`` and ``{account}`` stand for ids. None: the guard's walk comes by it.
    """

    name: str
    screen: str
    who: str
    address: str | None

    @property
    def of_phone(self) -> bool:
        """Whether it is taken on a phone."""
        return self.name.startswith(_PHONE)


# In the order in which they are taken: an alert is answered on the way.
GUARDS: Final = (
    Picture("phone-sign-in", "SignIn", GUARD, None),
    Picture("phone-alert", "Alert", GUARD, None),
    Picture("phone-shift", "Shift", GUARD, None),
    Picture("phone-compare", "Alert", GUARD, None),
    Picture("phone-answered", "Alert", GUARD, None),
    Picture("phone-report", "Alert", GUARD, None),
    Picture("phone-list", "AlertList", GUARD, None),
    Picture("phone-my-account", "Account", GUARD, "account"),
    Picture("quiet", "Quiet", GUARD, None),
)
CONSOLE: Final = (
    Picture("watchlist", "Watchlist", APPROVER, "watchlist"),
    Picture("phone-watchlist", "Watchlist", APPROVER, "watchlist"),
    Picture("endings", "Endings", APPROVER, "watchlist/ends"),
    Picture("add-person", "AddPerson", AUTHOR, "watchlist/new"),
    Picture("entry", "Entry", APPROVER, "watchlist/{entry}"),
    Picture("phone-entry", "Entry", APPROVER, "watchlist/{entry}"),
    Picture("edit-words", "EditWords", AUTHOR, "watchlist/{draft}/edit"),
    Picture("imports", "Imports", AUTHOR, "imports"),
    Picture("new-import", "NewImport", AUTHOR, "imports/new"),
    Picture("import-check", "Import", AUTHOR, "imports/{import}/check"),
    Picture("import-duplicates", "Import", AUTHOR, "imports/{import}/duplicates"),
    Picture("import-commit", "Import", AUTHOR, "imports/{import}/commit"),
    Picture("import-people", "Watchlist", AUTHOR, "watchlist/of/{import}"),
    Picture("incidents", "Incidents", APPROVER, "incidents"),
    Picture("incident", "Incident", APPROVER, "incidents/{incident}"),
    Picture("statistics", "Statistics", APPROVER, "incidents/statistics"),
    Picture("policy", "Policy", APPROVER, "policy"),
    Picture("accuracy", "Accuracy", APPROVER, "accuracy"),
    Picture("access", "AccessRequests", APPROVER, "access"),
    Picture("lists", "Lists", APPROVER, "lists"),
    Picture("matching", "MatchingDialog", APPROVER, "watchlist"),
    Picture("first-hour", "FirstHour", ADMINISTRATOR, "start"),
    Picture("running", "running", ADMINISTRATOR, "running"),
    Picture("cameras", "Cameras", ADMINISTRATOR, "cameras"),
    Picture("delivery", "Delivery", ADMINISTRATOR, "delivery"),
    Picture("audit", "audit", ADMINISTRATOR, "audit"),
    Picture("accounts", "AccountList", ADMINISTRATOR, "accounts"),
    Picture("sessions", "Sessions", ADMINISTRATOR, "accounts/sessions"),
    Picture("add-account", "AddAccount", ADMINISTRATOR, "accounts/new"),
    Picture("account", "Account", ADMINISTRATOR, "accounts/{account}"),
)
# Served without an account and without a script; the address has the language.
PUBLIC: Final = (
    Picture("notice", "notice", "", "/notice/{language}"),
    Picture("notice-sign", "notice/sign", "", "/notice/sign-{language}"),
    Picture("phone-install", "install", "", "/install/{language}"),
    Picture("proof", "proof", "", "/proof/{language}"),
)
ALL: Final = (*GUARDS, *CONSOLE, *PUBLIC)


def files() -> Iterator[str]:
    """The name of every picture's file."""
    for picture in ALL:
        for language in LANGUAGES:
            yield file(picture, language)


def file(picture: Picture, language: str) -> str:
    """The name of the file of *picture* in a *language*."""
    return f"{picture.name}-{language}.webp"
