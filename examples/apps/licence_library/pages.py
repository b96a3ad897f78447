"""The pages of the library; whatever comes from outside passes through `escape`."""

import re
from html import escape
from pathlib import Path
from string import Template

from .licences import Licence
from .relying_party import Holder

STATIC = Path(__file__).parent / "static"
_FRAME = Template((STATIC / "page.html").read_text(encoding="utf-8"))
_SIGN_IN = '<p><a class="button" id="sign-in-link" href="/login">用一证登录</a></p>'
_THEIR_WISH = (
    "您在一证选择了不继续，所以没有登录。随时可以再来。",
    "You chose not to go on; come back whenever you like.",
)
_NOT_THEIR_FAULT = (
    "不是您的错。再登录一次就好；还是不行，请把下面这行字告诉窗口的工作人员。",
    "This is not your fault: please try again, or show the line below at the counter.",
)
_ROLES = {
    "guardian": ("您监护的孩子", "the child in your care"),
    "helper": ("托您代办的人", "whoever asked you to help"),
}
_WHOSE = {
    True: '您有 {} 本证照 <small lang="en">Your licences</small>',
    False: '这里有 {} 本证照 <small lang="en">Their licences</small>',
}
_LEVELS = ("未说明", "一级", "二级", "三级", "四级", "五级")


def shelf(holder: Holder, licences: list[Licence]) -> str:
    """All licences of a person."""
    cards = "".join(
        f'<li><a href="/licences/{licence.kind}"><b>{escape(licence.title)}</b>'
        f'<span lang="en">{escape(licence.title_in_english)}</span>'
        f"<span>有效期至 {escape(licence.valid_until)}</span></a></li>"
        for licence in licences
    )
    return _page(
        "我的证照",
        f'<p class="holder"><b id="person-name">{escape(holder.name)}</b> {_level(holder.acr)}</p>{_acting(holder)}'
        f'<h1>{_WHOSE[holder.acts_for is None].format(len(licences))}</h1><ul class="shelf">{cards}</ul>'
        '<form method="post" action="/logout"><button id="sign-out">退出</button>'
        '<small lang="en">Sign out here and at Yizheng</small></form>',
    )


def licence_page(holder: Holder, licence: Licence) -> str:
    """One licence, opened."""
    facts = (
        ("持证人", "Holder", holder.name if holder.acts_for is None else holder.acts_for.name),
        ("证照编号", "Number", licence.number),
        ("发证机关", "Issued by", licence.issued_by),
        ("有效期至", "Valid until", licence.valid_until),
    )
    rows = "".join(
        f'<dt>{zh} <small lang="en">{en}</small></dt><dd>{escape(value)}</dd>' for zh, en, value in facts if value
    )
    return _page(
        licence.title,
        f'<p><a href="/">回到我的证照</a></p>{_acting(holder)}<h1>{escape(licence.title)} '
        f'<small lang="en">{escape(licence.title_in_english)}</small></h1><dl>{rows}</dl>',
    )


def front_page(error: str = "") -> str:
    """For somebody who is not signed in; `error` is what went wrong on the way."""
    return _page(
        "电子证照库",
        "<h1>您的证照，都在这里</h1><p>登录以后，可以随时打开，不用带本子。</p>"
        f'<p lang="en">Sign in to open your licences.</p>{_trouble(error)}{_SIGN_IN}',
    )


def signed_out_page(*, is_heard: bool) -> str:
    """Where signing out ends; `is_heard` when the identity provider sent the person back."""
    zh, en = (
        ("一证也已经知道了。", "Yizheng knows.") if is_heard else ("公用电脑请关掉浏览器。", "Close a shared browser.")
    )
    return _page(
        "已退出",
        f'<h1 id="signed-out">您已退出电子证照库</h1><p>{zh}</p>'
        f'<p lang="en">You have left the licence library. {en}</p>{_SIGN_IN}',
    )


def refusal_page(error: str) -> str:
    """Nobody was signed in, and why."""
    was_their_wish = error.partition(":")[0] == "access_denied"
    zh, en = _THEIR_WISH if was_their_wish else _NOT_THEIR_FAULT
    return _page(
        "没有登录",
        f'<h1>没有登录</h1><p>{zh}</p><p lang="en">Nobody was signed in. {en}</p>'
        f'{_trouble(error)}{_SIGN_IN}<p><a href="/">回到首页</a></p>',
    )


def missing_page() -> str:
    """There is nothing at this address."""
    return _page("没有这一页", '<h1>没有这一页</h1><p lang="en">Nothing here.</p><p><a href="/">回到首页</a></p>')


def _page(title: str, main: str) -> str:
    return _FRAME.substitute(title=escape(title), main=main)


def _trouble(error: str) -> str:
    return f'<p class="trouble" role="alert" id="rp-error" lang="en">{escape(error)}</p>' if error else ""


def _acting(holder: Holder) -> str:
    """For whom they are here, on every page that shows what is not theirs."""
    if holder.acts_for is None:
        return ""
    zh, en = _ROLES.get(holder.acts_for.role, (holder.acts_for.name, holder.acts_for.name))
    return (
        f'<p class="acting" id="acting-for" data-role="{escape(holder.acts_for.role)}">您在替<b>{escape(zh)}</b>办理 '
        f'<small lang="en">You act for {escape(en)}</small></p>'
    )


def _level(acr: str) -> str:
    """The level of the identity provider's `acr`, in words."""
    match = re.fullmatch(r"urn:yizheng:level:([1-5])", acr)
    level = int(match[1]) if match else 0
    english = f"Level {level} of 5" if level else "Level not stated"
    return f'<span id="person-level" data-level="{level}">身份核实：{_LEVELS[level]}</span> <small lang="en">{english}</small>'
