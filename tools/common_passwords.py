"""Says the common passwords of the shipped list, one a line: words people choose, with what they put around them.

    PYTHONPATH=. python tools/common_passwords.py >words
    idp passwords build-list words idp/factors/common_passwords.bin

Everything is made by rule from the words below, which are ours; no list of others is copied. Only what has eight
characters or more is said, since nothing shorter is taken anyway, and only in small letters, since the list is asked for
those as well.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHORTEST = 8


def listed(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


ENGLISH = listed("""
password passwd pass letmein welcome admin administrator root master login user guest test testing temp default secret
changeme qwerty qwert qwertyuiop asdf asdfgh asdfghjkl zxcv zxcvbn zxcvbnm qwer abc abcd abcde abcdef abcdefg iloveyou
loveyou lovely love forever sunshine princess prince football baseball basketball soccer hockey superman batman spiderman
dragon monkey tiger lion shadow michael jordan jennifer jessica ashley daniel andrew thomas robert charlie hunter killer
freedom whatever trustno computer internet samsung huawei xiaomi iphone google facebook windows linux oracle server
network security system hello helloworld goodluck lucky happy summer winter spring autumn january february march april
june july august september october november december monday friday sunday flower cookie chocolate banana orange apple
cheese pepper ginger silver golden diamond crystal angel angela baby babygirl mother father family friend friends music
guitar rockstar pokemon starwars matrix ninja warrior mustang ferrari porsche mercedes yamaha corvette harley china
beijing shanghai london paris america access private public office manager company business student teacher doctor
asd qwe zxc qaz qazwsx qazwsxedc 123qwe 123qweasd 123asd qweasd qweasdzxc qwerasdf 1q2w3e 1qazxsw2
""")
PINYIN = listed("""
woaini woaiwojia woaizuguo woaizhongguo woshishui wobuzhidao wodemima mima mimamima nihao nihaoma zhongguo zhonghua
renmin beijing shanghai guangzhou shenzhen tianjin chongqing chengdu wuhan nanjing hangzhou laopo laogong baobao baobei
qinaide xiaobao xiaoming xiaohong xiaolong mama baba mamababa babamama yijiaren yisheng yishengyishi yongyuan xingfu
kuaile jiankang pingan facai gongxifacai dafacai haoyun xinnian shengri shengrikuaile wangji wangjile caonima tiantian
haohaoxuexi ceshi guanliyuan denglu yonghu zhanghao zhengfu gongan shebao gongjijin yizheng taobao zhifubao weixin
qq123 aini ainimen aiwo xihuanni buzhidao meiyoumima suibian suiyuan laoshi xuesheng tongxue pengyou haopengyou
""")
SURNAMES = listed("""
wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang xie song tang han feng deng
cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng wei su lu ding ren shen yao zhong cui tan fan wan shi liao
jia xia fu fang zou xiong bai meng qin qiu hou yin xue yan duan lei long tao shi he gu mao hao gong shao qian
""")
GIVEN = listed("""
wei fang na min jing li qiang lei jun yang yong yan jie juan tao ming chao xiuying xia ping gang guiying hua hui jianhua
jianguo zhiqiang xiaoming xiaohong haiyan lili feifei dandan tingting bo bin bing dan hao hong jia jian kai lin ling long
mei ning peng qing rong tian ting xin xue ying yu yun zhe
""")
ENDINGS = listed("""
1 12 123 1234 12345 123456 1234567 12345678 123456789 1234567890 321 4321 654321 0 00 000 01 02 007 1! 123! 1234! 12345! !
!! !@# !@#$ @123 @1234 #123 .123 _123 888 8888 88888888 666 6666 666666 999 168 1688 518 520 521 1314 5201314 1314520 110
111 1111 111111 112233 222 333 555 777 7758521 147258 159357 987654321 a aa abc abc123 qwe qaz xyz
""")
FEW_ENDINGS = ("123", "1234", "123456", "520", "666", "888", "1314", "!", "@123")
YEARS = [str(year) for year in range(1980, 2030)]
NUMBERS = listed("""
5201314 1314520 13145200 52013140 520131400 5201314520 1314521 7758521 7758258 77585210 147258369 1472583690 123321123
123654789 987654321 963852741 741852963 159753159 159357159 789456123 123456789 0123456789 1234567890 12345678910
11223344 1122334455 112233445566 11112222 12344321 123454321 12341234 43214321 13572468 24681357 31415926 314159265
10203040 11235813 88886666 66668888 16888888 18181818 51885188 12345679 87654312 20080808 20202020 19491001 100861008611
""")
PIECES = listed(
    "520 521 1314 5201314 123 123456 321 147 258 369 159 357 110 119 168 518 588 666 888 999 000 111 222 333"
)
ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "!@#$%^&*()")
COLUMNS = ("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/")
LEET = (str.maketrans("ao", "@0"), str.maketrans("aeios", "@310$"))


def words() -> Iterator[str]:
    """All of them, some more than once."""
    yield from (word for word in _all() if len(word) >= SHORTEST)


def _all() -> Iterator[str]:
    yield from _with_endings([*ENGLISH, *PINYIN, *COLUMNS])
    yield from _with_endings([word.translate(letters) for word in ENGLISH for letters in LEET], FEW_ENDINGS)
    yield from (word + year for word, year in product([*ENGLISH, *PINYIN, *SURNAMES], YEARS))
    yield from (one + other for one, other in product(PINYIN, repeat=2))
    yield from _with_endings(SURNAMES)
    yield from _with_endings([surname + given for surname, given in product(SURNAMES[:20], GIVEN)], FEW_ENDINGS[:6])
    yield from (number + letter for number, letter in product([*NUMBERS, "123456", "1234567"], ["", *_letters()]))
    yield from (
        letter + number for number, letter in product([*NUMBERS, "123456", "1234567"], [*_letters(), "aa", "qq"])
    )
    yield from _repeated()
    yield from _walks()


def _with_endings(parts: Iterable[str], endings: Iterable[str] = tuple(ENDINGS)) -> Iterator[str]:
    known = tuple(endings)
    for part in parts:
        yield from (part, part * 2)
        yield from (part + ending for ending in known)
        yield from (ending + part for ending in FEW_ENDINGS[:3])


def _letters() -> list[str]:
    return [chr(letter) for letter in range(ord("a"), ord("z") + 1)]


def _repeated() -> Iterator[str]:
    """12121212, 123123123, 13141314."""
    for length, times in ((2, 4), (2, 5), (3, 3), (4, 2)):
        yield from (f"{number:0{length}}" * times for number in range(10**length))
    yield from ("".join(pieces) for times in (2, 3) for pieces in product(PIECES, repeat=times))


def _walks() -> Iterator[str]:
    """Along the rows of the keyboard, down its columns, and from side to side."""
    for row in ROWS:
        for line in (row, row[::-1]):
            yield from (line[at:end] for at in range(len(line)) for end in range(at + 4, len(line) + 1))
            yield from (line[at : at + 4] * 2 for at in range(len(line) - 3))
    for upper, lower in product(ROWS, repeat=2):
        for size in range(3, 8):
            yield from (upper[:size] + lower[:size], lower[:size] + upper[:size])
            yield "".join(one + other for one, other in zip(upper[:size], lower[:size], strict=False))
    for first, second in product([*COLUMNS, *(column[::-1] for column in COLUMNS)], repeat=2):
        yield from (first + second, first + second + "3edc", first + second + "123", first + second + "!")


if __name__ == "__main__":
    for each in sorted(set(words())):
        print(each)
