"""What a chip's ROM and second-stage bootloader print before the application speaks.

Texts as logs of such chips show them: on the "Boot Mode Selection" page of esptool's documentation and in Espressif's forum. The
bits of `boot:` that no strapping pin here sets are those of the logs; the lines between `rst:` and `entry` name drive strengths and
load addresses on a chip, and are left out.
"""

POWER_ON, SOFTWARE, WATCHDOG = 0x1, 0xC, 0x10  # reset reasons, as after "rst:"

BORN = {
    "esp32": "ets Jul 29 2019 12:21:46\n\n",
    "esp32s3": "ESP-ROM:esp32s3-20210327\nBuild:Mar 27 2021\n",
    "esp32c3": "ESP-ROM:esp32c3-api1-20210207\nBuild:Feb  7 2021\n",
}
OLD_REASONS = {POWER_ON: "POWERON_RESET", SOFTWARE: "SW_CPU_RESET", WATCHDOG: "RTCWDT_RTC_RESET"}
NEW_REASONS = {POWER_ON: "POWERON", SOFTWARE: "RTC_SW_CPU_RST", WATCHDOG: "RTCWDT_RTC_RST"}
FLASH = {"esp32": "0x13", "esp32s3": "0x8", "esp32c3": "0xc"}
DOWNLOAD = {
    "esp32": "0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))",
    "esp32s3": "0x0 (DOWNLOAD(USB/UART0))",
    "esp32c3": "0x4 (DOWNLOAD(USB/UART0/1))",
}
ENTRY = {"esp32": "entry 0x400805f0\n", "esp32s3": "entry 0x403c9880\n", "esp32c3": "entry 0x403cc710\n"}


def flash_boot(chip: str, reason: int) -> str:
    """Up to what the check of the flash has to say; lines end in LF."""
    return f"{_reset(chip, reason)},boot:{FLASH[chip]} (SPI_FAST_FLASH_BOOT)\n"


def download(chip: str) -> str:
    return f"{_reset(chip, POWER_ON)},boot:{DOWNLOAD[chip]}\nwaiting for download\n"


def _reset(chip: str, reason: int) -> str:
    reasons = OLD_REASONS if chip == "esp32" else NEW_REASONS
    return f"{BORN[chip]}rst:{reason:#x} ({reasons[reason]})"
