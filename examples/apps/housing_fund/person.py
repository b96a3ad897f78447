"""Whom the identity provider vouches for, and how surely."""

import re
from dataclasses import dataclass, field

_LEVELS = {
    1: ("一级", "只核对过联系方式", "Level 1 of 5: a contact was checked"),
    2: ("二级", "填写过姓名和号码", "Level 2 of 5: name and number were given"),
    3: ("三级", "姓名和号码与登记相符", "Level 3 of 5: name and number match the register"),
    4: ("四级", "确认过是本人", "Level 4 of 5: the real person was checked"),
    5: ("五级", "在窗口当面核实", "Level 5 of 5: checked in person"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """A person who is signed in; the subject names them in our own books."""

    subject: str
    name: str
    phone_number: str
    level: int  # 1 to 5, 0 when the identity provider did not say
    id_token: str = field(repr=False)
    sid: str = ""  # names the session at the identity provider (Back-Channel Logout 1.0 §2.1)

    @property
    def level_in_words(self) -> tuple[str, str, str]:
        """The level's name, what it means, and both in English."""
        return _LEVELS.get(self.level, ("未说明", "一证没有说明核实到哪一级", "The level was not stated"))


def level_from(acr: object) -> int:
    """The level an `acr` reports (Core §2), 0 for one we do not know."""
    match = re.fullmatch(r"urn:yizheng:level:([1-5])", acr) if isinstance(acr, str) else None
    return int(match[1]) if match else 0
