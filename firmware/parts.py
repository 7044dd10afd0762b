"""What a board has besides keys, lamp and screen, as its board file says: buzzer, badge reader, light sensor."""

import asyncio

import board


class Parts:
    """`chime`, `badge` and `dimmer` are None where the board has none. A part that does not answer is a fault, a sentence, and all
    else goes on. `set(percent)` is called when the light sensor says so."""

    def __init__(self, set):
        self.chime = self.badge = self.dimmer = None
        self.faults = []
        if hasattr(board, "BUZZER"):
            import chime
            from drivers import buzzer

            self.chime = chime.Chime(buzzer.Buzzer(board.BUZZER))
        if hasattr(board, "LIGHT"):
            import dimmer
            from drivers import light

            self.dimmer = dimmer.Dimmer(light.Light(board.LIGHT), set)
            asyncio.create_task(self.dimmer.run())
        if hasattr(board, "BADGE"):
            from drivers import mfrc522

            try:
                self.badge = mfrc522.Badge(board.BADGE)
            except RuntimeError:
                self.faults.append("No badge reader answers.")

    def listen(self, on_badge):
        """To the reader, if there is one."""
        if self.badge:
            import badges

            asyncio.create_task(badges.run(self.badge, on_badge))
