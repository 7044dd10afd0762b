"""What visitors said of a service: the figures of ratings, as numerator and denominator of each ticket that was served."""

from edge.gains import Served

SATISFIED_MIN = 4
"""The upper two of five."""
RATINGS = ("rated", "satisfaction", "satisfied", "response_rate", "response_of_asked")


def of(name: str, served: Served) -> tuple[int, int]:
    """What one ticket adds. Whom nobody asked could not answer: the two response rates differ by that."""
    is_rated = int(served.score > 0)
    match name:
        case "satisfaction":
            return served.score, is_rated
        case "satisfied":
            return int(served.score >= SATISFIED_MIN), is_rated
        case "response_of_asked":
            return is_rated, served.asked
    return is_rated, 1
