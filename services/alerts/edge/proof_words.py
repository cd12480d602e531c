"""The words of the public proof, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# Which counts of a monthly report are shown, by the name of their words.
COUNTS: Final[Mapping[str, str]] = {
    "listed": "list.matching_at_the_end",
    "approved": "list.approved",
    "erased": "list.erased",
    "raised": "alerts.raised",
    "confirmed": "alerts.confirmed",
    "rejected": "alerts.rejected",
    "unresolved": "alerts.unresolved",
    "stops": "stops.pressed",
    "thresholds": "thresholds_changed",
}

_PAGE: Final = """<!doctype html>
<html lang="{language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{{title}} · {{hospital}}</title>
    <link rel="stylesheet" href="/notice/notice.css">
  </head>
  <body>
    <nav><a href="/proof/{other}" hreflang="{other}" lang="{other}">{name}</a></nav>
    <main>
    <h1>{{title}}</h1>
    <p class="lead">{{hospital}}</p>
{{body}}
    </main>
  </body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Words:
    """One language's. *page* has places for title, hospital and body, which are HTML already."""

    page: str
    title: str
    hospital: str
    agrees: str
    differs: str
    not_proven: str
    checked: str
    not_now: str
    version: str
    newest: str
    published: str
    none: str
    key: str
    days: str
    days_text: str
    verified: str
    verified_text: str
    no_fault: str
    faults: str
    never_verified: str
    verify_yourself: str
    reports: str
    no_report: str
    counts: Mapping[str, str]
    notice: str
    as_json: str


WORDS: Final[Mapping[str, Words]] = {
    "en": Words(
        page=_PAGE.format(language="en", other="zh", name="中文"),
        title="What anybody can check",
        hospital="this hospital",
        agrees="Proven just now: the head of the log that is published outside the database stands in the log, with the same hash.",
        differs="THE LOG IS NOT WHAT WAS PUBLISHED. Something in it was changed, or put back. Ask the hospital.",
        not_proven="Not proven now: the log or what is published of it cannot be asked at the moment.",
        checked="Checked",
        not_now="not now",
        version="Version of Wardwatch",
        newest="Newest event of the log",
        published="Newest published head",
        none="none yet",
        key="Fingerprint of the key of incident reports",
        days="The head of each day",
        days_text="What people do and look at is written into a log whose entries are chained by hashes. Write a day's number "
        "and hash down: if anything before it is ever changed, it does not lead to this hash any more.",
        verified="When the whole log was verified",
        verified_text="{at}, by wardwatch audit verify, version {version}: every hash up to event {sequence}, and {compared} heads "
        "that are kept outside the database.",
        no_fault="It found no fault.",
        faults="IT FOUND {faults} FAULTS.",
        never_verified="The hospital has not published a verification.",
        verify_yourself="This is the hospital's own word. Whoever is given the log computes every hash and every count below "
        "again with one script of Python, and without Wardwatch.",
        reports="Monthly reports",
        no_report="No report was published yet.",
        counts={
            "listed": "People who could raise an alert, at the end",
            "approved": "Put on the list by two people",
            "erased": "Erased",
            "raised": "Alerts",
            "confirmed": "Confirmed: the listed person",
            "rejected": "Rejected: somebody else",
            "unresolved": "Nobody could tell",
            "stops": "Times that matching was stopped",
            "thresholds": "Changes of the threshold, by two people",
        },
        notice="What is done, and your rights: the notice for visitors",
        as_json="All of it for programs, with every count (JSON)",
    ),
    "zh": Words(
        page=_PAGE.format(language="zh-CN", other="en", name="English"),
        title="任何人都可以核查",
        hospital="本院",
        agrees="刚刚证实：在数据库之外公布的日志链首，在日志中仍是同一条，哈希相同。",
        differs="日志与已公布的内容不一致。其中有内容被改动或回退，请向医院询问。",
        not_proven="此刻未能证实：暂时无法读取日志或已公布的内容。",
        checked="核查时间",
        not_now="此刻无法核查",
        version="Wardwatch 版本",
        newest="日志最新一条",
        published="最新公布的链首",
        none="尚无",
        key="事件报告公钥指纹",
        days="每日链首",
        days_text="人员的操作和查看都写入日志，各条以哈希相连。请记下某日的序号和哈希：此前任何内容一旦被改动，就再也得不出这个哈希。",
        verified="整份日志的验证",
        verified_text="{at}，由 wardwatch audit verify（{version} 版）验证：截至第 {sequence} 条的全部哈希，以及数据库之外保存的 "
        "{compared} 个链首。",
        no_fault="未发现差错。",
        faults="发现 {faults} 处差错。",
        never_verified="医院尚未公布过验证结果。",
        verify_yourself="以上是医院自己的说法。拿到日志的人，只用一个 Python 脚本、不用 Wardwatch，就能重新算出每个哈希和下列每个数字。",
        reports="月度报告",
        no_report="尚未公布报告。",
        counts={
            "listed": "月末可引发告警的人数",
            "approved": "经两人列入名单",
            "erased": "已删除",
            "raised": "告警",
            "confirmed": "确认：名单上的人",
            "rejected": "否定：另有其人",
            "unresolved": "无人能够判定",
            "stops": "停止比对的次数",
            "thresholds": "经两人修改阈值的次数",
        },
        notice="所做之事与您的权利：访客告知",
        as_json="供程序使用的全部内容与数字（JSON）",
    ),
}
