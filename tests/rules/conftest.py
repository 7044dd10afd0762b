"""What the rules' tests begin with."""

import pytest

from tests.rules.scene import Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()
