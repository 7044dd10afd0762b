"""Each kind of desk board, from its file in hardware/boards: it signs on, and each of its keys is heard."""

from collections.abc import Callable

import pytest

from flash import tree
from tests.firmware.bench import Desk

MakeDesk = Callable[..., Desk]
KINDS = [name for name in tree.boards() if tree.read_board(name)["role"] == "desk"]
TELLS = """
import network
def tell(made):
    def LAN(**how):
        print("LAN", sorted((name, getattr(value, "gpio", value)) for name, value in how.items()))
        return made(**how)
    return LAN
network.LAN = tell(network.LAN)
"""


@pytest.mark.parametrize("kind", KINDS)
def test_a_desk_board_signs_on_and_each_key_is_heard(make_desk: MakeDesk, kind: str) -> None:
    desk = make_desk(board=kind, heap_kb=144 if "screen" in tree.read_board(kind) else 120)
    for key in tree.read_board(kind)["keys"]:
        desk.board.press(key)
        assert desk.edge.hear("ev")["key"] == key
    assert desk.board.faults == []


def test_by_cable_the_phy_is_told_all_that_the_board_file_says(make_desk: MakeDesk) -> None:
    desk = make_desk(TELLS, board="desk-unit-lan", networks=[], heap_kb=120)
    pins = "('mdc', 23), ('mdio', 18), ('phy_addr', 0), ('phy_type', 2), ('power', 12), ('ref_clk', 17), ('ref_clk_mode', 3)"
    assert f"LAN [{pins}]" in desk.board.console
    assert desk.board.air.joined == []
