# What flash/tree.py makes of a file in hardware/boards; a board has the tables that its parts need.

from typing import Any

TITLE: str
CHIP: str
ROLE: str
FLASH_MB: int
KEYS: dict[str, int]
LAMP: dict[str, Any]
SCREEN: dict[str, Any]
BADGE: dict[str, Any]
BUZZER: dict[str, Any]
LIGHT: dict[str, Any]
