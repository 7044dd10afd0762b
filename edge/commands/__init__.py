"""The commands of `floorboard`: each module has `add(subparsers)` and the function that runs."""


class Stop(Exception):
    """A command cannot go on; the text is the one sentence that its user sees."""
