"""Every subject on the broker as a page: who sends what, under which promise, and what it looks like."""

from typing import Final, TypeGuard

from tools.docs.documents import Json, cell, fields, is_map, items, resolved

_PROTO: Final = "../files/proto/wardwatch/v1/events.proto"


def page(document: Json) -> str:
    """Markdown of an AsyncAPI 3.0 *document*: its subjects, then its messages."""
    channels = [each for each in fields(document, "channels").values() if is_map(each)]
    lines = [
        "# Subjects of the broker",
        "",
        f"{len(channels)} subjects, made from [asyncapi.yaml](../asyncapi.yaml), AsyncAPI {document.get('asyncapi')},",
        "which is for programs. Message bodies are protobuf unless said otherwise. Whoever connects a camera reads",
        "[its page](../protocol.md) first; [architecture](../architecture.md) tells how the subjects belong together.",
        "",
        "| subject | account | delivery | what it carries |",
        "| --- | --- | --- | --- |",
        *map(_row, channels),
        "",
    ]
    for channel in channels:
        lines += _chapter(document, channel)
    lines += ["## Messages", "", f"All others are protobuf, of [events.proto]({_PROTO}).", ""]
    for name, message in fields(document, "components", "messages").items():
        if _has_chapter(message):
            lines += _message(name, message)
    return "\n".join(lines)


def _has_chapter(message: object) -> TypeGuard[Json]:
    """Whether there is more to say of it than that it is protobuf."""
    return is_map(message) and message.keys() != {"payload"}


def _row(channel: Json) -> str:
    own = fields(channel, "x-wardwatch")
    title = cell(channel.get("title", ""))
    return f"| `{channel.get('address')}` | {own.get('account', '')} | {own.get('delivery', '')} | {title} |"


def _chapter(document: Json, channel: Json) -> list[str]:
    messages = ", ".join(
        f"[{name}](#{name.lower()})" if _has_chapter(resolved(document, each)) else f"`{name}`"
        for name, each in fields(channel, "messages").items()
    )
    lines = [f"## {channel.get('address')}", "", f"{cell(channel.get('title', ''))}."]
    if said := channel.get("description"):
        lines += ["", str(said).strip()]
    lines += ["", f"Carries {messages}." if messages else ""]
    for operation in fields(document, "operations").values():
        if resolved(document, fields(operation, "channel")) is channel and is_map(operation):
            lines.append(f"\n* {operation.get('action')}: {cell(operation.get('summary', ''))}.")
    return [*lines, ""]


def _message(name: str, message: Json) -> list[str]:
    lines = [f"### {name}", ""]
    lines += [f"{cell(said)}." for key in ("title", "description") if (said := message.get(key))]
    headers = fields(message, "headers", "properties")
    if headers:
        lines += ["", "| header | |", "| --- | --- |"]
        lines += [f"| `{key}` | {cell(fields(headers, key).get('description', ''))} |" for key in headers]
    return [*lines, "", f"Its body: {_body(fields(message, 'payload'))}.", ""]


def _body(payload: Json) -> str:
    if "schemaFormat" in payload:
        return f"protobuf, of [events.proto]({_PROTO})"
    if properties := fields(payload, "properties"):
        return "JSON with " + ", ".join(f"`{each}`" for each in properties)
    values = items(payload, "enum")
    return ", ".join(f"`{each}`" for each in values) if values else str(payload.get("type", "anything"))
