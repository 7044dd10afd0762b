"""What stack lights, signs and the Modbus register map show: pure projections of the floor."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from edge import boards
from edge.figures import service_level, share, total
from edge.floor import Board, Floor, Queue, aloud, in_service, ready_for
from edge.views import asa_s

WORD_MAX = 0xFFFF
NONE = WORD_MAX  # a share or a mean of nothing
VERSION = 1  # of the register map
QUEUES_AT, STRIDE = 100, 20  # registers: where the first queue begins, and from one to the next


class Light(NamedTuple):
    """The three lamps of a stack light."""

    help: bool  # somebody asks for help; never for safety help, which is silent
    long: bool  # somebody waits longer than the queue's target
    fine: bool  # neither


def light(floor: Floor, team: str, queues: Iterable[str], now_ms: int) -> Light:
    """Of a team's desks (""; all) and of those queues (none named: all)."""
    named = frozenset(queues)
    help = any(aloud(desk) for desk in floor.desks.values() if team in ("", desk.team))
    long = any(_is_long(q, now_ms) for q in floor.queues.values() if not named or q.queue in named)
    return Light(help, long, not help and not long)


def sign(floor: Floor, tile: str, now_ms: int, day: tuple[int, int]) -> int:
    """A tile that counts, as one register; 0 for a queue that is not there."""
    [shown] = boards.show(floor, Board("", tiles=(tile,)), now_ms, day)
    return _word(int(shown.value)) if shown.value.isdecimal() else 0


FLOOR_REGISTERS = (
    ("version", "of this map"),
    ("beat", "counts up once a second while the edge is there"),
    ("heard", "seconds since the core was last heard; above 5 nothing here is the present"),
    ("queues", "how many follow"),
    ("waiting", "contacts that wait"),
    ("longest_wait", "seconds"),
    ("serving", "contacts that are with agents"),
    ("ready", "agents who are ready for any queue"),
    ("help", "open requests for help, but for silent ones"),
    ("lost", "devices that cannot be reached"),
)
QUEUE_REGISTERS = (
    ("waiting", "contacts that wait"),
    ("longest_wait", "seconds"),
    ("serving", "contacts that are with agents"),
    ("ready", "agents who are ready for it"),
    ("offered", "today"),
    ("answered", "today"),
    ("abandoned", "today"),
    ("service_level", "today, per mille by the queue's own target and variant; 65535 of nothing"),
    ("asa", "mean wait of those answered today, seconds; 65535 of nothing"),
)


def registers(
    floor: Floor, queues: Sequence[str], now_ms: int, day: tuple[int, int], beat: int, heard_s: int
) -> dict[int, int]:
    """The register map: FLOOR_REGISTERS from 0, QUEUE_REGISTERS of each queue from QUEUES_AT on, STRIDE apart."""
    known = [floor.queues[name] if name in floor.queues else Queue(name) for name in queues]
    away = sum(1 for d in floor.devices.values() if d.role and d.born_role and not d.online)
    help = sum(len(aloud(desk)) for desk in floor.desks.values())
    ready = ready_for(floor, floor.queues.values())
    whole = [beat % (WORD_MAX + 1), heard_s, len(queues), *_line(floor, known, now_ms), ready, help, away]
    words = {at: _word(value) for at, value in enumerate([VERSION, *whole])}
    for number, queue in enumerate(known):
        for at, value in enumerate(_of_queue(floor, queue, now_ms, day), QUEUES_AT + STRIDE * number):
            words[at] = _word(value)
    return words


def _of_queue(floor: Floor, queue: Queue, now_ms: int, day: tuple[int, int]) -> list[int]:
    today = total(floor.sums(queue.queue, *day))
    young = floor.young(queue, now_ms, day[0]) if queue.variant == "offered" else 0
    reached, mean_s = share(*service_level(today, queue.variant, young)), asa_s(today)
    return [
        *_line(floor, [queue], now_ms),
        ready_for(floor, [queue]),
        today.offered,
        today.answered,
        today.abandoned,
        NONE if reached is None else int(1000 * reached + 0.5),
        NONE if mean_s is None else int(mean_s + 0.5),
    ]


def _line(floor: Floor, queues: Sequence[Queue], now_ms: int) -> list[int]:
    """Waiting, longest wait, in service."""
    entered = [at_ms for queue in queues for at_ms in queue.waiting.values()]
    return [len(entered), max(0, now_ms - min(entered)) // 1000 if entered else 0, in_service(floor, queues)]


def _is_long(queue: Queue, now_ms: int) -> bool:
    return bool(queue.waiting) and now_ms - min(queue.waiting.values()) > 1000 * queue.target_s


def _word(value: int) -> int:
    return max(0, min(WORD_MAX, value))
