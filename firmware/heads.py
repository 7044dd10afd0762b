"""What wallboard and hall display have alike: a board with its title, language and notice."""

import display
import sketch as sketches


class Headed(display.Display):
    """A display of a board: `self._board` is the last show/board, of whatever epoch."""

    def __init__(self, link, screen, name):
        super().__init__(link, screen, name)
        self._board = None

    @property
    def lang(self):
        return self._board["lang"] if self._board else "en"

    @property
    def title(self):
        return self._board["title"] if self._board else self._name

    @property
    def notice(self):
        return self._board["notice"] if self._board else ""

    @property
    def band(self):
        """Height of the head."""
        return self.screen.height // 10 + 4

    def stale(self, is_stale):
        return display.stale_since(self.link, self.screen, self.lang) if is_stale else ""

    def head(self, stale):
        """The title, or what takes its place: that all is stale, else a notice."""
        box = 0, 0, self.screen.width, self.band
        notice = "" if stale else self.notice
        ink, ground = ("black", "amber") if stale else ("black", "white") if notice else ("white", "black")
        sketch = sketches.Sketch(self.screen, box, ground)
        tall = min(sketches.LABEL_LARGE, box[3])
        sketch.line((8, (box[3] - tall) // 2, box[2] - 16, tall), stale or notice or self.title, ink)
        sketch.show()
