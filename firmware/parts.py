"""What a board has besides keys, lamp and screen, as its board file says: buzzer, badge reader, light sensor."""

import board


class Parts:
    """Each is None where the board has none. One that does not answer is a fault, a sentence, and all else goes on."""

    def __init__(self):
        self.buzzer = self.badge = self.light = None
        self.faults = []
        if hasattr(board, "BUZZER"):
            from drivers import buzzer

            self.buzzer = buzzer.Buzzer(board.BUZZER)
        if hasattr(board, "LIGHT"):
            from drivers import light

            self.light = light.Light(board.LIGHT)
        if hasattr(board, "BADGE"):
            from drivers import mfrc522

            try:
                self.badge = mfrc522.Badge(board.BADGE)
            except RuntimeError:
                self.faults.append("No badge reader answers.")
