"""Wired Ethernet, in place of Wi-Fi: the board's file says which PHY hangs where."""

import asyncio

import network
from machine import Pin

from trouble import Closed

JOIN_MS = 15_000  # the link, and DHCP
STEP_MS = 250
LOOK_MS = 60_000
NO_LINK = (network.ETH_STARTED, network.ETH_DISCONNECTED)  # status: nobody at the other end of the cable


class Lan:
    """`facts` is the board's table `ethernet`: part, address, mdc, mdio; power, if a pin switches the PHY on; ref_clk and
    ref_clk_mode, "in" or "out", if the clock of 50 MHz takes another pin or way than MicroPython was built for."""

    name, ap = "lan", ""

    def __init__(self, facts):
        how: dict = {name: Pin(facts[name]) for name in ("mdc", "mdio", "power", "ref_clk") if name in facts}
        if "ref_clk_mode" in facts:
            how["ref_clk_mode"] = Pin.OUT if facts["ref_clk_mode"] == "out" else Pin.IN
        phy = getattr(network, "PHY_" + facts["part"].upper())
        self._lan = network.LAN(phy_type=phy, phy_addr=facts["address"], **how)

    @property
    def is_joined(self):
        return self._lan.isconnected()

    def rssi(self):
        return 0

    async def join(self):
        if not self._lan.active():  # a driver that is started twice raises
            self._lan.active(True)
        for _ in range(JOIN_MS // STEP_MS):
            if self.is_joined:
                return
            await asyncio.sleep_ms(STEP_MS)
        raise Closed("no cable" if self._lan.status() in NO_LINK else "no address", "")

    def leave(self):
        """There is no other way."""

    async def stay(self):
        """For ever, while it is joined."""
        while self.is_joined:
            await asyncio.sleep_ms(LOOK_MS)
