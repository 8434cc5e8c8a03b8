"""Which characters is a file written in? UTF-8 and UTF-16 say so themselves; GBK and Big5 have to be weighed.

Nearly every GBK file can be read as Big5 and the other way round, as other characters. What tells them apart is
how common the characters are: a file read the wrong way is full of rare ones. When the two readings come too
close, nobody guesses: the person is asked and shown both readings.
"""

from __future__ import annotations

from collections import Counter

from hq.imports.columns import KINDS, known_headers
from retail.errors import Invalid

ENCODINGS = ("utf-8", "gb18030", "big5hkscs", "utf-16")
SHOWN = {"utf-8": "UTF-8", "gb18030": "GBK", "big5hkscs": "Big5", "utf-16": "UTF-16"}
NAMED = {shown: name for name, shown in SHOWN.items()}
LEGACY = ("gb18030", "big5hkscs")
COMMON = frozenset(
    "的一是不了在人有我他這这中大來来上國国個个到說说們们為为子和你地出道也時时年得就那要下以生會会自着去之過过家學学對对可她里後后小麼么心多天而能"
    "好都然沒没日於于起還还發发成事只作當当想看文無无開开手十用主行方又如前所本見见經经頭头面公同三已老從从動动兩两長长知民樣样現现分將将外但身些與与"
    "高意進进把法此實实回二理美點点月明其種种聲声全工己話话兒儿者向情部正名定女問问力機机給给等幾几很業业最間间新什打便位因重被走電电四第門门相次東东"
    "政海口使教西再平真聽听世氣气信北少關关並并內内加化由卻却代軍军產产入先山五太水萬万市眼體体別别處处總总才場场師师書书比住員员九笑性通目華华報报立"
    "馬马命張张活難难神數数件安表原車车白應应路期叫死常提感金何更反合放做系計计或司利受光王果親亲界及今京務务制解各任至清物台象記记邊边共風风戰战干接"
    "它許许八特覺觉望直服毛林題题建南度統统色字請请交愛爱讓让認认算論论百吃義义科怎元社術术結结六功指思非流每青管夫連连遠远資资隊队跟帶带花快條条院變"
    "变聯联言權权往展該该領领傳传近留紅红治決决周保達达辦办運运武半候七必城父強强步完革深區区即求品士轉转量空甚眾众技輕轻程告江語语英基派滿满式李息寫"
    "写呢識识極极令黃黄德收臉脸錢钱黨党倒未持取設设始版雙双歷历越史商千片容研像找友孩站廣广改議议形委早房音火際际則则首單单據据導导影失拿網网香似斯專"
    "专石若兵弟誰谁校讀读志飛飞觀观爭争究包組组造落視视濟济喜離离雖虽壞坏隻只湯汤盒瓶罐袋支裝装克毫升斤公千茶奶油米飲饮飯饭麵面粉糖鹽盐醬酱醋酒可樂乐汽"
    "果汁咖啡牛肉豬猪雞鸡鴨鸭魚鱼蝦虾蛋菜豆腐餅饼乾干餃饺麥麦燕蘋苹橙檸柠檬葡萄蕉莓桃梨瓜薯蔥葱薑姜蒜椒辣甜酸鹹咸鮮鲜凍冻冷熱热冰雪糕朱古力巧克紙纸巾洗潔"
    "洁髮发皂牙膏刷衣液劑剂護护膚肤霜杯碗盤盘刀筷燈灯池線线膠胶布毛綠绿藍蓝黑原味烏乌龍龙茉莉普洱鐵铁觀观音檸柠七喜零食堅坚仁花生芝麻海苔紫椰棕蜂蜜蔗"
    "貨货編编號号條条碼码稱称類类牌規规格位售價价門门店庫库數数備备註注稅税期初職职姓角色語语言範范圍围生效截止是否英文繁簡简體体級级連连鎖锁停在"
)
LATIN_END, TWO_BYTE_END = "\u0250", "\u0800"
MARGIN = 6  # two common characters against two rare ones, or a header that is known


def decode(content: bytes, encoding: str = "") -> tuple[str, str]:
    """(text, shown name of the encoding). Raises `imports.encoding_uncertain` rather than guess."""
    if content[:2] == b"PK" or content[:4] == b"\xd0\xcf\x11\xe0":
        raise Invalid("imports.not_csv")
    if not content.strip():
        raise Invalid("imports.empty_file")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif not encoding:
        encoding = recognised(content)
    text = _read(content, encoding) if encoding in ENCODINGS else None
    if text is None:
        raise Invalid("imports.encoding_unreadable")
    return text, SHOWN[encoding]


def _read(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError:
        return None


def recognised(content: bytes) -> str:
    """The encoding of a file that was not named."""
    text = _read(content, "utf-8")
    if text is not None and (content[:3] == b"\xef\xbb\xbf" or not _doubtful(text)):
        return "utf-8"
    readings = {name: found for name in LEGACY if (found := _read(content, name)) is not None}
    weights = {name: weight(found, name) for name, found in readings.items()}
    if text is None and not readings:
        raise Invalid("imports.encoding_unreadable")
    if text is None:
        ranked = sorted(weights, key=weights.__getitem__, reverse=True)
        ahead = weights[ranked[0]] - weights[ranked[1]] if len(ranked) > 1 else MARGIN
        if min(weights[ranked[0]], ahead) >= MARGIN:
            return ranked[0]
    if text is not None:
        readings = {"utf-8": text, **readings}
    samples = " / ".join(f"{SHOWN[name]} “{sample(found)}”" for name, found in readings.items())
    raise Invalid("imports.encoding_uncertain", readings=samples)


def _doubtful(text: str) -> bool:
    """Valid UTF-8 by accident? Two GBK bytes may also be one letter of Greek, Cyrillic or Arabic."""
    foreign = [sign for sign in text if sign >= "\x80"]
    return bool(foreign) and max(foreign) < TWO_BYTE_END and max(foreign) >= LATIN_END


def weight(text: str, encoding: str) -> int:
    """How much a reading looks like the words of a shop; a header that is known decides alone."""
    total = 40 * _known_headers(text)
    for sign, times in Counter(text).items():
        if sign >= "\x80":
            total += times * (4 if sign in COMMON else _plain_weight(sign, encoding))
    return total


def _plain_weight(sign: str, encoding: str) -> int:
    if "\u4e00" <= sign <= "\u9fff":
        lead = sign.encode(encoding, "replace")[0]
        frequent = 0xB0 <= lead <= 0xD7 if encoding == "gb18030" else 0xA4 <= lead <= 0xC6
        within = encoding != "gb18030" or sign.encode(encoding)[1] >= 0xA1
        return 1 if frequent and within else -2
    if "\u3041" <= sign <= "\u30ff":
        return 2  # names from Japan
    if "\u2010" <= sign <= "\u2040" or "\u3000" <= sign <= "\u301f" or "\uff00" <= sign <= "\uffef":
        return 0
    return -8 if "\ue000" <= sign <= "\uf8ff" or sign > "\uffff" else -4


def _known_headers(text: str) -> int:
    """How many Chinese headers of the first line are columns of some kind."""
    line = text.lstrip("\ufeff").split("\n", 1)[0].lower()
    for separator in ";\t":
        line = line.replace(separator, ",")
    cells = {cell.strip().strip('"') for cell in line.split(",")}
    names = {header for kind in KINDS for header in known_headers(kind)}
    return sum(1 for cell in cells & names if not cell.isascii())


def sample(text: str) -> str:
    """The first words that are not plain Latin, to be shown to a person."""
    start = next((place for place, sign in enumerate(text) if sign >= "\x80"), 0)
    words = text[start : start + 12].split(",")[0].split("\n")[0]
    return "".join(sign for sign in words if sign.isprintable())
