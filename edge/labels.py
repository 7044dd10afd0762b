"""What tiles are called on devices, which have no room for more: in English, in Chinese, and for rows too low for Chinese. The TV
page has words of its own."""

from edge.floor import Floor, title_of
from edge.tiles import LABEL_CHARS_MAX, Tile

SHORT_CHARS_MAX = 8
LABELS = {
    "waiting": ("waiting", "等候", "WAIT"),
    "longest_wait": ("longest wait", "最长等候", "LONGEST"),
    "serving": ("in service", "服务中", "SERVED"),
    "ready": ("ready", "就绪", "READY"),
    "offered": ("offered", "进线", "OFFERED"),
    "answered": ("answered", "接起", "ANSWERED"),
    "abandoned": ("abandoned", "放弃", "LOST"),
    "service_level": ("service level", "服务水平", "LEVEL"),
    "asa": ("mean wait", "平均等候", "MEAN"),
    "help": ("help", "求助", "HELP"),
    "calls": ("last called", "最近叫号", "CALLS"),
    "queues": ("waiting", "等候", "WAIT"),
    "call": ("called", "叫号", "CALL"),
}
UNITS = {"%": ("%", "%"), "s": ("s", "秒"), "": ("", "")}


def label(floor: Floor, tile: Tile, lang: str) -> str:
    """Where it is too long it is the queue's name that is cut."""
    known = LABELS.get(tile.of or tile.name)
    if known is None:
        return tile.label
    said = known[lang == "zh"]
    if tile.minutes:
        said = f"{tile.minutes} 分钟{said}" if lang == "zh" else f"{said.removeprefix('service ')} {tile.minutes} min"
    if not tile.queue:
        return said
    queue = floor.queues.get(tile.queue)
    return f"{(title_of(queue, lang) if queue else tile.queue)[: LABEL_CHARS_MAX - len(said) - 1]} {said}"


def short(floor: Floor, tile: Tile) -> str:
    """Latin, with the queue's letter."""
    known = LABELS.get(tile.of or tile.name)
    queue = floor.queues.get(tile.queue)
    letter = f"{queue.letter} " if queue and queue.letter.isascii() and queue.letter else ""
    return (letter + known[2])[:SHORT_CHARS_MAX] if known else ""
