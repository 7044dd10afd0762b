"""A lamp that is not at its full brightness; loaded only by a board that is told so."""


def dimmed(pixels, percent):
    """As dark as that; what is lit stays lit."""
    return tuple([tuple([(level * percent + 99) // 100 for level in pixel]) for pixel in pixels])
