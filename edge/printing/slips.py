"""The drawing of slips: from a job to the picture that is printed, one bit a dot; pure, but for the font's file.

Every printer prints a picture alike; of their built-in characters hardly two agree, and few have Chinese.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw, ImageFont

from edge.floor import Slip

BLACK, WHITE = 0, 1
LINES_MAX = 60  # of a text: 25 cm of paper
DOTS_MAX = 4_000  # of a slip's height: half a metre
REAL_TIME = (0x04, 0x05, 0x14)  # after 0x10 in a picture's bytes, a printer takes them for commands in real time

WORDS = {
    "en": {
        "test": "Test slip",
        "notice": "Notice",
        "ticket": "Your number",
        "ahead": "{} before you",
        "first": "You are the next",
        "watch": "Please watch the display.",
        "again": "second try",
        "time": "Time",
        "printer": "Printer",
        "job": "Job",
        "dots": "dots: both arrows are whole",
        "greys": "Even, without stripes",
        "letters": "Letters",
    },
    "zh": {
        "test": "测试页",
        "notice": "通知",
        "ticket": "您的号码",
        "ahead": "您前面有 {} 人",
        "first": "您是下一位",
        "watch": "请留意叫号屏。",
        "again": "再次打印",
        "time": "时间",
        "printer": "打印机",
        "job": "任务",
        "dots": "点：两端箭头完整",
        "greys": "均匀、无条纹",
        "letters": "字符",
    },
}
SAMPLES = ("ÄÖÜ äöü ß éèêç ñ ø å € £", "0123456789 +−×÷ 1lI| O0", "请到3号窗口，谢谢！", "繁體：歡迎光臨《服務》")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEK = "一二三四五六日"
# What stays in one piece: a Chinese character with the marks that may not be parted from it, or a word.
CHINESE = "⺀-⿟々-ヿ㐀-鿿豈-﫿！-｠"
PIECE = re.compile(rf"\s+|[（「『《〈【〔“]*(?:[{CHINESE}]|[^\s{CHINESE}]+)[，。、；：？！）」』》〉】〕”…]*")


@dataclass(frozen=True)
class Look:
    """What is the same on all slips of a printer."""

    site: str
    zone: ZoneInfo
    dots: int
    font: Path


def draw(slip: Slip, look: Look, *, again: bool) -> Image.Image:
    """Mode "1", `look.dots` wide. `again`: an earlier try broke in the middle, and this one carries a mark."""
    words = WORDS[slip.lang]
    paper = _Paper(look)
    paper.text(look.site, paper.body, centred=True)
    paper.gap(6)
    paper.band(words[slip.slip])
    if again:
        paper.text(words["again"], paper.small, right=True)
    paper.gap(14)
    if slip.slip == "test":
        _width(paper, words["dots"])
        _greys(paper, words["greys"])
        paper.text(words["letters"], paper.small)
        for sample in SAMPLES:
            paper.text(sample, paper.body)
        paper.gap(10)
    if slip.slip == "ticket":
        _ticket(paper, slip.text, words)
    elif slip.text:
        paper.text(slip.text, paper.body)
        paper.gap(14)
    paper.dashes()
    told = (
        ("time", moment(slip.asked_ms, look.zone, slip.lang)),
        ("printer", slip.printer),
        ("job", slip.job),
    )
    paper.table([(words[key], value) for key, value in told])
    return paper.finish()


def _ticket(paper: "_Paper", text: str, words: dict[str, str]) -> None:
    """The number as large as the paper; below it the queue, and how many wait."""
    label, queue, ahead = (*text.split("\n"), "", "")[:3]
    size = 200
    while paper.size(size).getlength(label) > paper.width and size > 40:
        size -= 8
    paper.text(label, paper.size(size), centred=True)
    paper.text(queue, paper.size(36), centred=True)
    paper.gap(8)
    if ahead:
        paper.text(words["first"] if ahead == "0" else words["ahead"].format(ahead), paper.body, centred=True)
    paper.text(words["watch"], paper.body, centred=True)
    paper.gap(14)


def moment(at_ms: int, zone: ZoneInfo, lang: str) -> str:
    at = dt.datetime.fromtimestamp(at_ms / 1000, zone)
    clock = f"{at:%H:%M}"
    if lang == "zh":
        return f"{at.year}年{at.month}月{at.day}日 周{WEEK[at.weekday()]} {clock}"
    return f"{DAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]} {at.year}, {clock}"


def wrap(text: str, width_of: Callable[[str], float], most: float) -> Iterator[str]:
    """Lines no wider than `most`: Latin is broken between words, Chinese between characters, and what is too long is cut."""
    for paragraph in re.sub(r"[^\S\n]+", " ", text).splitlines():
        line = ""
        for piece in PIECE.findall(paragraph):
            if line and width_of((line + piece).rstrip()) > most:
                yield line.rstrip()
                line = ""
            line = line + piece if line else piece.lstrip()
            while width_of(line.rstrip()) > most and len(line) > 1:
                fits = next(n for n in range(1, len(line)) if width_of(line[: n + 1]) > most)
                yield line[:fits]
                line = line[fits:]
        yield line.rstrip()


class _Paper:
    """A slip that grows downwards."""

    def __init__(self, look: Look) -> None:
        self.dots, self._font = look.dots, look.font
        self.margin = look.dots // 36
        self.y = 8
        self.body, self.small = self.size(28), self.size(22)
        self._title = self.size(60 if look.dots >= 512 else 48)
        self.picture = Image.new("1", (self.dots, DOTS_MAX), WHITE)
        self.draw = ImageDraw.Draw(self.picture)

    def size(self, dots: int) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(str(self._font), dots, layout_engine=ImageFont.Layout.BASIC)

    @property
    def width(self) -> int:
        return self.dots - 2 * self.margin

    def gap(self, dots: int) -> None:
        self.y += dots

    def text(
        self, text: str, font: ImageFont.FreeTypeFont, *, centred: bool = False, right: bool = False, x: int = 0
    ) -> None:
        """From `x` to the right margin."""
        x = x or self.margin
        width = self.dots - self.margin - x
        plain = "".join(c for c in text if c.isprintable() or c.isspace())
        lines = list(islice(wrap(plain, font.getlength, width), LINES_MAX + 1))
        if len(lines) > LINES_MAX:
            lines = [*lines[: LINES_MAX - 1], "…"]
        for line in lines:
            rest = width - font.getlength(line)
            self.write((x + rest * (1.0 if right else 0.5 if centred else 0.0), self.y), line, font)
            self.y += round(font.size * 1.36)

    def write(
        self, at: tuple[float, float], text: str, font: ImageFont.FreeTypeFont, ink: int = BLACK, bold: int = 0
    ) -> None:
        """Smooth first and then cut at one half: at 203 dots an inch that reads better than what hinting leaves."""
        left, _, right, bottom = font.getbbox(text, stroke_width=bold)
        mask = Image.new("L", (int(right - left) + 2, int(bottom) + 2), 0)
        ImageDraw.Draw(mask).text((1 - left, 0), text, 255, font, stroke_width=bold)
        self.picture.paste(ink, (round(at[0] + left) - 1, round(at[1])), mask.point(lambda v: 255 * (v > 120), "1"))

    def band(self, title: str) -> None:
        """The title, white in a black band as wide as the print."""
        font = self._title
        high = round(font.size * 1.5)
        self.draw.rectangle((0, self.y, self.dots - 1, self.y + high - 1), BLACK)
        _, top, _, bottom = font.getbbox("国H")
        at = ((self.dots - font.getlength(title)) / 2, self.y + (high - top - bottom) / 2)
        self.write(at, title, font, WHITE, bold=1)
        self.y += high + 6

    def dashes(self) -> None:
        end = self.dots - self.margin - 1
        for x in range(self.margin, end, 12):
            self.draw.rectangle((x, self.y, min(x + 6, end), self.y + 1), BLACK)
        self.y += 12

    def table(self, rows: list[tuple[str, str]]) -> None:
        x = self.margin + round(max(self.small.getlength(name) for name, _ in rows)) + 16
        for name, value in rows:
            self.write((self.margin, self.y), name, self.small)
            self.text(value, self.small, x=x)

    def finish(self) -> Image.Image:
        return _unmistakable(self.picture.crop((0, 0, self.dots, min(self.y + 8, DOTS_MAX))))


def _width(paper: _Paper, words: str) -> None:
    """A ruler of all the dots there are: its first stroke is dot 0, its last the last."""
    draw, y, last = paper.draw, paper.y, paper.dots - 1
    draw.line((0, y, last, y), BLACK)
    for x in range(0, paper.dots, 8):
        high = 26 if x % 80 == 0 else 17 if x % 40 == 0 else 9
        draw.line((x, y, x, y + high), BLACK)
    draw.line((last, y, last, y + 26), BLACK)
    number = paper.size(18)
    for x in range(80, paper.dots - 24, 80):
        paper.write((x - number.getlength(str(x)) / 2, y + 28), str(x), number)
    paper.gap(56)
    for tip, way in ((0, 1), (last, -1)):
        for step in range(12):
            draw.line((tip + way * step, paper.y + 14 - step, tip + way * step, paper.y + 14 + step), BLACK)
    paper.text(f"{paper.dots} {words}", paper.small, centred=True, x=paper.margin + 8)
    paper.gap(10)


def _greys(paper: _Paper, words: str) -> None:
    """From black to white in six fields: what the printer's heat makes of them shows a worn head."""
    paper.text(words, paper.small)
    left, wide, high = paper.margin, paper.width // 6, 48
    inks: tuple[Callable[[int, int], bool], ...] = (
        lambda x, y: True,
        lambda x, y: bool(x % 2 or y % 2),
        lambda x, y: (x + y) % 2 == 0,
        lambda x, y: x % 2 == 0 and y % 2 == 0,
        lambda x, y: x % 4 == 0,
        lambda x, y: y % 4 == 0,
    )
    for field, has_ink in enumerate(inks):
        for x in range(wide):
            for y in range(high):
                if has_ink(x, y):
                    paper.picture.putpixel((left + field * wide + x, paper.y + y), BLACK)
    paper.draw.rectangle((left, paper.y, left + 6 * wide - 1, paper.y + high - 1), outline=BLACK)
    paper.gap(high + 16)


def _unmistakable(picture: Image.Image) -> Image.Image:
    """With a dot more wherever the picture's bytes would be a command in real time (DLE EOT, DLE ENQ, DLE DC4), which a
    printer obeys in the midst of a picture as well."""
    ink = bytearray(byte ^ 0xFF for byte in picture.tobytes())
    for at in range(len(ink) - 1):
        if ink[at] == 0x10 and ink[at + 1] in REAL_TIME:
            ink[at] |= 0x08
    return Image.frombytes("1", picture.size, bytes(byte ^ 0xFF for byte in ink))
