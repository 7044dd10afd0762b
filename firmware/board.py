"""The pins of this board, and nothing else: the one file that knows GPIO numbers."""

LAMP = 4
KEYS = {"ready": 16, "break": 17, "wrap_up": 18, "next": 19, "recall": 21, "help": 22}
