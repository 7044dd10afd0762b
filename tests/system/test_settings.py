"""The site's TOML: a good one is read; a bad one is refused with file, key and what would be right."""

from pathlib import Path

import pytest

from edge.commands.house import site_toml
from edge.settings import BadSettings, Settings, configure, read
from edge.settings.right import RIGHT, TABLES
from edge.settings.tables import (
    AgentTable,
    BoardTable,
    Broker,
    CalendarTable,
    CallingTable,
    DeskTable,
    DeviceTable,
    Exchange,
    QueueTable,
    Web,
    WidenTable,
)

BAD = [
    # text                                                   what stands after the path
    ("", "site: is missing; it wants 1 to 32 of a-z, 0-9 and -."),
    ('site = "Big Site"', "site: wants 1 to 32 of a-z, 0-9 and -."),
    ('site = "a"\nsitte = 1', "sitte: there is no such key; did you mean site?"),
    ('site = "a"\n[exchange]\nqueuelog = "x"', "exchange.queuelog: there is no such key; did you mean queue_log?"),
    ('site = "a"\n[web]\nqqq = 1', "web.qqq: there is no such key."),
    ('site = "a"\ntimezone = "Mars"', "timezone: there is no 'Mars'; try Europe/Berlin, Asia/Shanghai or UTC."),
    ('site = "a"\n[web]\nport = 99999', "web.port: wants a number from 1 to 65535."),
    ('site = "a"\n[web]\nport = 8883', "web.port: 8883 is the broker's already; each must be its own."),
    ('site = "a"\n[broker]\nhost = "a\\nallow_anonymous true"', "broker.host: wants a host name or address."),
    ('site = "a"\nqueue = 3', "queue: wants tables in double brackets, [[queue]] for each."),
    (
        'site = "a"\n[[queue]]\nname = "q"\ntarget_s = 0',
        "queue[0].target_s: wants a whole number of seconds from 1 to 86400.",
    ),
    (
        'site = "a"\n[[queue]]\nname = "q"\nvariant = "best"',
        "queue[0].variant: wants one of answered, answered_or_left,",
    ),
    ('site = "a"\n[[queue]]\nname = "a\\tb"', "queue[0].name: wants text of 1 to 64 characters."),
    (
        'site = "a"\n[[queue]]\nname = "q"\nletter = "A"\n[[queue]]\nname = "r"\nletter = "A"',
        "queue.letter: 'A' stands",
    ),
    ('site = "a"\n[[desk]]\nnumber = 1', 'desk[0].number: wants text of 1 to 64 characters, as in number = "1".'),
    ('site = "a"\n[[desk]]\nteam = "x"', "desk[0].number: is missing; it wants text"),
    ('site = "a"\n[[desk]]\nnumber = "1"\n[[desk]]\nnumber = "1"', "desk.number: '1' stands there twice"),
    (
        'site = "a"\n[[desk]]\nnumber = "1"\n[[device]]\nname = "edge"\ndesk = "1"',
        "device.name: 'edge' is the edge's own",
    ),
    ('site = "a"\n[[device]]\nname = "d"', "device.desk of d: is missing; it wants the number of a desk"),
    ('site = "a"\n[[device]]\nname = "d"\nrole = "counter"\ndesk = "7"', "device.desk of d: there is no desk '7'"),
    (
        'site = "a"\n[[device]]\nname = "d"\nrole = "lamp"',
        "device[0].role: wants one of desk, counter, hall, wallboard, dispenser, rating.",
    ),
    ('site = "a"\n[[device]]\nname = "d"\nrole = "wallboard"', "device.board of d: is missing; it wants the name of a"),
    (
        'site = "a"\n[[desk]]\nnumber = "1"\n' + '[[device]]\nname = "a"\ndesk = "1"\n' * 2,
        "device.name: 'a' stands there twice",
    ),
    ('site = "a"\n[[board]]\nname = "b"\ntiles = ["speed"]', "board.tiles of b: 'speed' is no tile; as in"),
    ('site = "a"\n[[board]]\nname = "b"\ntiles = ["help(q)"]', "board.tiles of b: 'help(q)' is no tile; as in"),
    (
        'site = "a"\n[[board]]\nname = "b"\ntiles = ["waiting(pay)"]',
        "board.tiles of b: there is no queue 'pay'; known are",
    ),
    (
        'site = "a"\n[[queue]]\nname = "q"\nshort_s = 86401',
        "queue[0].short_s: wants a whole number of seconds from 0 to",
    ),
    ('site = "a"\n[[exchange]]\nqueue_log = "x"', "exchange: wants one table, [exchange]."),
    (
        'site = "a"\n[[printer]]\nname = "p"\nat = "tcp://x:70000"',
        "at of p: tcp://x:70000 is no address; it wants tcp://HOST:PORT",
    ),
    ('site = "a"\n[[printer]]\nname = "p"\nat = "lpt1"', "printer[0].at: wants tcp://HOST:PORT, or serial"),
    ('site = "a"\n[[light]]\nname = "l"\nat = "tcp://x:1"\nteam = "t"', "light.team of l: there is no team 't'; known"),
    (
        'site = "a"\n[[sign]]\nname = "s"\nat = "tcp://x:1"\ntile = "asa"',
        "sign.tile of s: asa is no count; one of waiting,",
    ),
    (
        'site = "a"\n' + '[[printer]]\nname = "p"\nat = "tcp://x:1"\n' * 2,
        "light.name, sign.name, printer.name: 'p' stands there twice",
    ),
    ('site = "a"\n[queue]\nname = "q"', "queue: wants tables in double brackets, [[queue]] for each."),
    ('site = "a"\n[[board]]\nname = "B 1"', "board[0].name: wants 1 to 32 of"),
    ('site = "a"\n[[agent]]\nid = "x"\npin = "99"', "agent[0].pin: wants six digits of 1 to 5, or nothing."),
    ('site = "a"\n[[agent]]\nid = "x"\nqueues = "q"', "agent[0].queues: wants a list of queue names"),
    ('site = "a"\n[[agent]]\nid = "x"\nqueues = [1]', "agent[0].queues[0]: wants a list of queue names"),
    ('site = "a"\n[[agent]]\nid = "x"\nqueues = ["q"]', "agent.queues of x: there is no queue 'q'; known are none."),
    (
        'site = "a"\n[[printer]]\nname = "p"\nat = "tcp://10.0.0..40:502"',
        "at of p: tcp://10.0.0..40:502 is no address;",
    ),
    ('site = "a"\n[[printer]]\nname = "p"\nat = "tcp://[:502"', "at of p: tcp://[:502 is no address;"),
    (
        'site = "a"\n[[light]]\nname = "l"\nat = "tcp://x:1"\nhelp = 1',
        "light l: coil 1 of unit 1 at tcp://x:1 is written by light l too",
    ),
    (
        'site = "a"\n[[light]]\nname = "l"\nat = "tcp://x:1"\nbeat = 7\n[[sign]]\nname = "s"\nat = "tcp://x:1"\nregister = 7',
        "sign s: register 7 of unit 1 at tcp://x:1 is written by light l too",
    ),
    (
        'site = "a"\n[[light]]\nname = "l"\nat = "serial:///dev/x?baud=9600"\n[[sign]]\nname = "s"\nunit = 2\nat = "serial:///dev/x"',
        "at of s: serial:///dev/x is l's, and used otherwise.",
    ),
    (
        'site = "a"\n[[sign]]\nname = "s"\nat = "tcp://x:1"\ntile = "waiting(q)"',
        "sign.tile of s: there is no queue 'q'; known are none.",
    ),
    ('site = "a"\n[web]\nport = 1502\n[modbus]', "modbus.port: 1502 is taken already; each must be its own."),
    ('site = "a"\n[cloud]\nnats = "nats://me:secret@hub:4222"', "cloud.nats: wants nats://HOST:PORT"),
    (
        'site = "a"\n[[queue]]\nname = "q"\nhours = "week"',
        "queue.hours of q: there is no calendar 'week'; known are none.",
    ),
    (
        'site = "a"\n[[queue]]\nname = "q"\noverflow_s = 9',
        "queue.overflow of q: is missing; it wants the name of another queue.",
    ),
    ('site = "a"\n[[queue]]\nname = "q"\ndivert = "q"', "queue.divert of q: is the queue itself; take another."),
    ('site = "a"\n[[queue]]\nname = "q"\nempty = "divert"', "queue.divert of q: is missing;"),
    ('site = "a"\n[[queue]]\nname = "q"\nexpire = true', "queue.hours of q: is missing, and its tickets shall expire;"),
    (
        'site = "a"\n[[queue]]\nname = "q"\nlast = 1000',
        "queue.last of q: wants to be 1 or more, and of 3 digits at most.",
    ),
    (
        'site = "a"\n[[queue]]\nname = "q"\nwiden = [{ after_s = 9, level = 2 }, { after_s = 9, level = 3 }]',
        "queue.widen of q: each step wants to come after the one before it.",
    ),
    ('site = "a"\n[[queue]]\nname = "q"\nstrategy = "best"', "queue[0].strategy: wants one of press, longest_idle,"),
    (
        'site = "a"\n[[queue]]\nname = "q"\nwiden = [{ level = 2 }]',
        "queue[0].widen[0].after_s: is missing; it wants a whole number of seconds from 1",
    ),
    (
        """site = "a"
[[queue]]
name = "q"
skill = "loans"
level = 1
widen = [{ after_s = 60, level = 2 }]
[[agent]]
id = "bo"
skills = { loans = 3 }""",
        "queue.skill of q: no agent has loans at level 2 or better: nobody could call.",
    ),
    (
        'site = "a"\n[[calendar]]\nname = "w"\nweek = { mon = "9-5" }',
        "calendar of w: '9-5' is no time of day, as in 09:00-17:30.",
    ),
    (
        'site = "a"\n[[calendar]]\nname = "w"\nweek = { monday = "" }',
        "calendar.week of w: there is no day 'monday'; take one of mon, tue",
    ),
    (
        'site = "a"\n[[calendar]]\nname = "w"\nclosed = ["25.12.2026"]',
        "calendar of w: '25.12.2026' is no day; take one such as 2026-12-25.",
    ),
    (
        'site = "a"\n[[calling]]\nname = "vip"\nshare = { gold = 1 }',
        "calling vip: there is no queue 'gold'; known are none.",
    ),
    (
        'site = "a"\n[[agent]]\nid = "x"\ncalling = "vip"',
        "agent.calling of x: there is no calling rule 'vip'; known are none.",
    ),
]


@pytest.mark.parametrize(("text", "sentence"), BAD)
def test_a_bad_file_is_refused_by_key(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(text)
    with pytest.raises(BadSettings) as bad:
        read(path)
    assert str(bad.value).startswith(f"{path}: {sentence}")


def test_what_is_not_toml(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("site = ")
    with pytest.raises(BadSettings, match="is not TOML"):
        read(path)


def test_every_key_says_what_it_wants_and_stands_on_its_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "site.md").read_text(encoding="utf-8")
    tables = (CalendarTable, QueueTable, WidenTable, CallingTable, DeskTable, AgentTable, BoardTable, DeviceTable)
    for table in (Settings, Broker, Web, Exchange, *tables):
        for key in table.__struct_fields__:
            if key not in TABLES:
                assert key in RIGHT
                assert f"`{key}`" in page


def test_two_agents_with_one_pin_are_refused_without_showing_it(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(
        'site = "a"\n' + '[[agent]]\nid = "{}"\npin = "123451"\n'.format("x") + '[[agent]]\nid = "y"\npin = "123451"\n'
    )
    with pytest.raises(BadSettings, match="is the PIN of x too") as bad:
        read(path)
    assert "123451" not in str(bad.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(b'site = "\xff"')
    with pytest.raises(BadSettings, match="is not TOML"):
        read(path)


def test_a_site_becomes_facts_without_pins(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(site_toml(3, 0, 0, 8080, tmp_path / "queue_log"), encoding="utf-8")
    request = configure(read(path), lambda kind, said: f"{kind}-of-{len(said)}")
    kinds = [type(fact).__name__ for fact in request.wanted]
    assert (
        kinds
        == ["QueueOpened"] * 3 + ["DeskOpened"] * 3 + ["AgentMet"] * 3 + ["BoardLaidOut"] * 2 + ["DeviceRegistered"] * 3
    )
    assert "pin-of-6" in repr(request) and "badge-of-0" in repr(request)


def test_an_exchange_may_bring_queues_that_the_file_does_not_name_and_an_editor_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    text = 'site = "a"\n[exchange]\nqueue_log = "x"\n[[board]]\nname = "b"\ntiles = ["waiting(sales)"]\n'
    path.write_text(text, encoding="utf-8-sig")  # as some editors of Windows write
    assert read(path).board[0].tiles == ("waiting(sales)",)
