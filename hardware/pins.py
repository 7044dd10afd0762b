"""What the pins of each chip can do and what they must not be used for, with the document that says so.

Sections are named by title: their numbers differ between editions (docs/unproved.md).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

GUIDE = "ESP-IDF Programming Guide, “GPIO & RTC GPIO”, GPIO Summary"
PULLED_UP, INPUT, OUTPUT, BOTH, ANALOGUE = "pulled-up input", "input", "output", "both ways", "analogue input"


@dataclass(frozen=True)
class Reason:
    """Pins that are not free, why, and where it is written."""

    pins: frozenset[int]
    why: str
    source: str


@dataclass(frozen=True)
class Chip:
    title: str
    pins: frozenset[int]
    input_only: frozenset[int]  # and without pull-ups
    adc1: frozenset[int]
    adc2: frozenset[int]
    strapping: Mapping[int, str]  # what its level at a reset decides
    taken: tuple[Reason, ...]
    psram: frozenset[int]  # of modules that have some
    spi: Mapping[int, tuple[int, int, int]]  # numbers of its buses: the pins (sck, mosi, miso) at which each is fastest
    i2c: tuple[int, ...]
    restless: frozenset[int] = (
        frozenset()
    )  # inputs that are low for a moment while Wi-Fi saves power or ADC1 is switched on

    @property
    def datasheet(self) -> str:
        return f"{self.title} Series Datasheet"


def pins(text: str) -> frozenset[int]:
    """`pins("0-3 7")` are 0, 1, 2, 3 and 7."""
    ends = [part.partition("-") for part in text.split()]
    return frozenset(pin for first, _, last in ends for pin in range(int(first), int(last or first) + 1))


CHIPS = {
    "esp32": Chip(
        title="ESP32",
        pins=pins("0-19 21-23 25-27 32-39"),
        input_only=pins("34-39"),
        adc1=pins("32-39"),
        adc2=pins("0 2 4 12-15 25-27"),
        strapping={
            0: "whether it starts or waits for a download",
            2: "the kind of download, together with GPIO 0",
            5: "the timing of SDIO",
            12: "the voltage of the flash: high keeps most modules from starting",
            15: "the ROM's messages and the timing of SDIO",
        },
        taken=(
            Reason(pins("6-11"), "belongs to the module's flash", f"{GUIDE}, note SPI0/1"),
            Reason(pins("1 3"), "is UART0: console, and the way to write firmware", f"{GUIDE}, note TXD & RXD"),
        ),
        psram=pins("16-17"),
        spi={1: (14, 13, 12), 2: (18, 23, 19)},
        i2c=(0, 1),
        restless=pins("36 39"),
    ),
    "esp32c3": Chip(
        title="ESP32-C3",
        pins=pins("0-21"),
        input_only=frozenset(),
        adc1=pins("0-4"),
        adc2=pins("5"),
        strapping={
            2: "the boot mode",
            8: "the boot mode and the ROM's messages",
            9: "whether it starts or waits for a download",
        },
        taken=(
            Reason(pins("11"), "feeds the flash (VDD_SPI)", "ESP32-C3 Series Datasheet, “Pin Definitions”"),
            Reason(pins("12-17"), "belongs to the module's flash", f"{GUIDE}, note SPI0/1"),
            Reason(pins("18-19"), "is the chip's own USB", f"{GUIDE}, note USB-JTAG"),
            Reason(
                pins("20-21"), "is UART0: console, and the way to write firmware", "ESP32-C3 Series Datasheet, “IO MUX”"
            ),
        ),
        psram=frozenset(),
        spi={1: (6, 7, 2)},
        i2c=(0,),
    ),
    "esp32s3": Chip(
        title="ESP32-S3",
        pins=pins("0-21 26-48"),
        input_only=frozenset(),
        adc1=pins("1-10"),
        adc2=pins("11-20"),
        strapping={
            0: "whether it starts or waits for a download",
            3: "the source of JTAG",
            45: "the voltage of the flash",
            46: "the boot mode and the ROM's messages",
        },
        taken=(
            Reason(pins("26-32"), "belongs to the module's flash", f"{GUIDE}, note SPI0/1"),
            Reason(pins("19-20"), "is the chip's own USB", f"{GUIDE}, note USB-JTAG"),
            Reason(
                pins("43-44"), "is UART0: console, and the way to write firmware", "ESP32-S3 Series Datasheet, “IO MUX”"
            ),
        ),
        psram=pins("33-37"),
        spi={1: (12, 11, 13), 2: (-1, -1, -1)},
        i2c=(0, 1),
    ),
}

# What the firmware does with the pin of each key: of any table, or of one (firmware/drivers, firmware/lan.py).
WAYS = {
    "sck": OUTPUT,
    "mosi": OUTPUT,
    "miso": INPUT,
    "cs": OUTPUT,
    "dc": OUTPUT,
    "rst": OUTPUT,
    "scl": BOTH,
    "sda": BOTH,
    "bl": OUTPUT,
    "mdc": OUTPUT,
    "mdio": BOTH,
    "power": OUTPUT,
    "ref_clk": BOTH,
    "pin2": OUTPUT,
    "pin3": OUTPUT,
    "pin4": OUTPUT,
    "screen.pin": OUTPUT,
    "lamp.pin": OUTPUT,
    "buzzer.pin": OUTPUT,
    "light.pin": ANALOGUE,
}
TABLES = ("keys", "lamp", "screen", "badge", "buzzer", "light", "ethernet")
NUMBERS = ("width", "height", "spi", "mhz", "i2c", "khz", "address", "pixels", "ma")  # keys that are no pins
# What a driver of the firmware asks of its table, by the table and its `part`; speeds and currents have rules of their own.
_SPI, _PICTURE = ("spi", "sck", "mosi", "cs"), ("width", "height")
NEEDS = {
    ("lamp", "ws2812"): ("pin", "pixels"),
    ("screen", "ili9341"): (*_PICTURE, *_SPI, "dc"),
    ("screen", "st7796"): (*_PICTURE, *_SPI, "dc"),
    ("screen", "max7219"): (*_PICTURE, *_SPI),
    ("screen", "ws2812"): (*_PICTURE, "pin"),
    ("screen", "ssd1306"): (*_PICTURE, "i2c", "scl", "sda"),
    ("badge", "mfrc522"): (*_SPI, "miso"),
    ("buzzer", None): ("pin",),
    ("light", None): ("pin",),
    ("ethernet", "lan8720"): ("mdc", "mdio", "address"),
}
FLASH_MB = (2, 4, 8, 16, 32)
# Of each role the tables that it cannot do without, and the names of its keys (edge/wire.py); a dispenser may have fewer.
DESK_KEYS = ("ready", "break", "wrap_up", "next", "recall", "help")
ASKS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "desk": (("keys", "lamp"), DESK_KEYS),
    "counter": (("screen",), ()),
    "hall": (("screen",), ()),
    "wallboard": (("screen",), ()),
    "dispenser": (("keys",), tuple("123456")),
    "rating": (("keys",), tuple("12345")),
}
MOST = {"width": 480, "height": 320, "mhz": 80, "khz": 1_000, "pixels": 1_024, "ma": 20_000, "address": 127}
WORDS = {"ref_clk_mode": ("in", "out")}  # and what they may say


def way(table: str, key: str) -> str | None:
    """None for a key that names no pin."""
    return PULLED_UP if table == "keys" else WAYS.get(f"{table}.{key}") or WAYS.get(key)


def objections(chip: Chip, pin: int, way: str, has_psram: bool) -> list[tuple[str, str]]:
    """Why `pin` cannot be used that `way`: (what is wrong, the document that says so)."""
    if pin not in chip.pins:
        return [(f"the {chip.title} has no GPIO {pin}", GUIDE)]
    found = [(f"GPIO {pin} {reason.why}", reason.source) for reason in chip.taken if pin in reason.pins]
    if has_psram and pin in chip.psram:
        found.append((f"GPIO {pin} belongs to the PSRAM of this module", f"{GUIDE}, note SPI0/1"))
    if pin in chip.strapping:
        what = f"GPIO {pin} is a strapping pin: its level at a reset decides {chip.strapping[pin]}"
        found.append((what, f"{chip.datasheet}, “Strapping Pins”"))
    if pin in chip.input_only and way in (OUTPUT, BOTH):
        found.append((f"GPIO {pin} can only be an input", f"{chip.datasheet}, “IO_MUX”; {GUIDE}, note GPI"))
    if way == ANALOGUE and pin in chip.adc2:
        found.append((f"GPIO {pin} is measured by ADC2, which cannot be used with Wi-Fi", f"{GUIDE}, note ADC2"))
    elif way == ANALOGUE and pin not in chip.adc1:
        found.append((f"GPIO {pin} cannot measure", f"{GUIDE}, column Analog Function"))
    return found


def spans(pins: Iterable[int]) -> str:
    """`spans([4, 13, 14])` is "4, 13 and 14"; three or more in a row are "13–15"."""
    runs: list[list[int]] = []
    for pin in sorted(pins):
        if runs and pin == runs[-1][-1] + 1:
            runs[-1].append(pin)
        else:
            runs.append([pin])
    words = [word for run in runs for word in ([f"{run[0]}–{run[-1]}"] if len(run) > 2 else map(str, run))]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
