"""What each key and table of the site's file wants, for its error."""

from edge import wire
from edge.figures import VARIANTS

RIGHT = {  # what each key wants, for its error
    "site": "1 to 32 of a-z, 0-9 and -",
    "timezone": "a name such as Europe/Berlin, Asia/Shanghai or UTC",
    "host": "a host name or address",
    "bind": "a host name or address; 127.0.0.1 for this machine only",
    "port": "a number from 1 to 65535",
    "queue_log": "the path of the exchange's file, or nothing",
    "members": 'a table, "interface" = "agent"',
    "target_s": "a whole number of seconds from 1 to 86400",
    "short_s": "a whole number of seconds from 0 to 86400",
    "name": "text of 1 to 64 characters",
    "board.name": "1 to 32 of a-z, 0-9 and -",
    "device.name": "1 to 32 of a-z, 0-9 and -",
    "id": "text of 1 to 64 characters",
    "number": 'text of 1 to 64 characters, as in number = "1"',
    "team": "text of at most 64 characters",
    "letter": "at most 3 characters",
    "variant": "one of " + ", ".join(VARIANTS),
    "role": "one of desk, counter, wallboard",
    "desk": "the number of a desk, for a desk unit or a counter display",
    "board": "the name of a board, for a wallboard",
    "title": "text of at most 24 characters",
    "tiles": f'at most {wire.TILES_MAX} tiles, as in tiles = ["waiting(payments)", "help"]',
    "at": "tcp://HOST:PORT, or serial:///dev/ttyUSB0?baud=19200",
    "unit": "a Modbus address from 1 to 247",
    "light.help": "the number of a coil, from 0 to 65535",
    "light.long": "the number of a coil, from 0 to 65535",
    "light.fine": "the number of a coil, from 0 to 65535",
    "light.beat": "the number of a holding register, from 0 to 65535",
    "register": "the number of a holding register, from 0 to 65535",
    "tile": 'a tile that counts, as in tile = "waiting(payments)"',
    "dots": "a number of dots from 256 to 832, in eights",
    "nats": "nats://HOST:PORT, tls://HOST:PORT, or nothing",
    "credentials": "the path of a NATS credentials file, or nothing",
    "pin": "six digits of 1 to 5, or nothing",
    "queues": 'a list of queue names, as in queues = ["payments"]',
}


ONE = ("broker", "web", "exchange", "modbus", "cloud")
MANY = ("queue", "desk", "agent", "board", "device", "light", "sign", "printer")
TABLES = {name: f"one table, [{name}]" for name in ONE} | {
    name: f"tables in double brackets, [[{name}]] for each" for name in MANY
}
