"""QR codes (ISO/IEC 18004): made here, so that a device only draws modules; as large a share of errors mended as three versions
allow."""

import base64
from functools import lru_cache

import qrcode
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError

VERSION_MAX = 3  # 29 modules: what a small picture shows with two pixels each, and a payload takes
BYTES_MAX = 53  # of version 3 with level L, table 7


@lru_cache(maxsize=64)
def modules(text: str) -> list[list[bool]]:
    """Rows of dark modules, without the quiet zone. ValueError if it is too long."""
    for version in range(1, VERSION_MAX + 1):
        for level in (ERROR_CORRECT_Q, ERROR_CORRECT_M, ERROR_CORRECT_L):
            if version < VERSION_MAX and level == ERROR_CORRECT_L:
                continue  # rather a version more than so little mended
            code = qrcode.QRCode(version=version, error_correction=level, border=0)
            code.add_data(text, optimize=0)
            try:
                code.make(fit=False)
            except (DataOverflowError, ValueError):
                continue
            return [[bool(dark) for dark in row] for row in code.get_matrix()]
    raise ValueError(f"a QR code takes {BYTES_MAX} bytes at most, not {len(text.encode())}")


def packed(text: str) -> str:
    """Base64 of its modules, row by row, eight to a byte, the first the highest."""
    bits = "".join("01"[dark] for row in modules(text) for dark in row)
    bits += "0" * (-len(bits) % 8)
    return base64.b64encode(int(bits, 2).to_bytes(len(bits) // 8, "big")).decode()
