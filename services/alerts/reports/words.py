"""The words of a report on paper, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """One language's."""

    title: str
    incident: str
    number: str
    site: str
    raised: str
    seen: str
    decided: str
    outcome: str
    confirmed: str
    corrected: str
    entry: str
    label: str
    erased: str
    category: str
    verdicts: str
    reviewers: str
    verdict: Mapping[str, str]
    alone: str
    informed: str
    stops: str
    visit: str
    went: str
    arrived: str
    result: Mapping[str, str]
    came: str
    note: str
    pictures: str
    picture: Mapping[str, str]
    making: str
    made: str
    reason: str
    version: str
    audit: str
    key: str
    categories: Mapping[str, str]
    limits: str
    care: str
    check: str
    page: str


WORDS: Final[Mapping[str, Words]] = {
    "en": Words(
        title="Report of a confirmed incident",
        incident="The incident",
        number="Number",
        site="Site",
        raised="Alert raised",
        seen="Seen",
        decided="Decided",
        outcome="Outcome",
        confirmed="Confirmed by people",
        corrected="A verdict was corrected",
        entry="Who it is about",
        label="On the list as",
        erased="erased from the list since",
        category="Category",
        verdicts="What people said of the two faces",
        reviewers="How many had to agree",
        verdict={"same": "same person", "not_same": "not this person", "cannot_tell": "cannot tell", "": "set aside"},
        alone="without knowing what others said",
        informed="after others' verdicts were known",
        stops="Where the person was seen",
        visit="Who went there",
        went="On the way",
        arrived="Arrived",
        result={
            "met": "spoke with the person",
            "handed_over": "handed over",
            "not_found": "nobody found",
            "left": "had left before",
            "nothing_needed": "nothing needed",
        },
        came="What came of it",
        note="Note",
        pictures="The two faces that were compared",
        picture={"watchlist": "Photo on the list", "camera": "Camera"},
        making="This report",
        made="Made",
        reason="For",
        version="Made by Wardwatch",
        audit="Newest event of the audit",
        key="Fingerprint of the signing key",
        categories={
            "scalping": "Ticket scalping",
            "violence": "Violence",
            "threat": "Threat",
            "theft": "Theft",
            "ban": "Barred from premises",
            "court_order": "Court order",
        },
        limits="People compared two faces and said that they show one person. This is what they saw, and not a proof "
        "of identity. Figures of how alike the faces are, are not part of this report.",
        care="A possible match says nothing about a person's right to care. It never affects access to treatment.",
        check="The file of this report is signed. Ask the hospital for the key's fingerprint by another way, compare "
        "it, and check the file: wardwatch incident verify FILE, or with openssl as the manual says. A printed copy "
        "cannot be checked.",
        page="Page {page}",
    ),
    "zh-CN": Words(
        title="已确认事件报告",
        incident="事件",
        number="编号",
        site="院区",
        raised="告警时间",
        seen="出现时间",
        decided="判定时间",
        outcome="结果",
        confirmed="经人确认",
        corrected="有判断被更正",
        entry="涉及的名单条目",
        label="名单上的名称",
        erased="此后已从名单中删除",
        category="类别",
        verdicts="人员对两张人脸的判断",
        reviewers="须一致的人数",
        verdict={"same": "同一人", "not_same": "不是此人", "cannot_tell": "无法判断", "": "已作废"},
        alone="不知道他人的判断",
        informed="已知他人的判断之后",
        stops="此人出现的地点",
        visit="前往者",
        went="出发",
        arrived="到达",
        result={
            "met": "已与其交谈",
            "handed_over": "已移交",
            "not_found": "未找到人",
            "left": "此前已离开",
            "nothing_needed": "无需处置",
        },
        came="处置结果",
        note="备注",
        pictures="所比对的两张人脸",
        picture={"watchlist": "名单照片", "camera": "摄像机画面"},
        making="关于本报告",
        made="制作",
        reason="用途",
        version="制作软件 Wardwatch",
        audit="最新审计事件",
        key="签名公钥指纹",
        categories={
            "scalping": "倒卖号源",
            "violence": "暴力",
            "threat": "威胁",
            "theft": "盗窃",
            "ban": "禁止入内",
            "court_order": "法院令",
        },
        limits="有关人员比对了两张人脸，认为是同一人。这是他们所见，不是身份证明。本报告不含人脸相似程度的数值。",
        care="可能的匹配不影响任何人就医的权利，绝不影响其获得诊治。",
        check="本报告的文件带有签名。请通过其他途径向医院索取公钥指纹并核对，再验证文件："
        "wardwatch incident verify FILE，或按手册使用 openssl。打印件无法验证。",
        page="第 {page} 页",
    ),
}
