"""The acceptance of one board, from its first word to its watchdog; plan.py has the order, and which tests are for which board."""

import contextlib
import re
import tempfile
import time
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pexpect  # type: ignore[import-untyped]
import pytest

from flash.acceptance import asked, builds, hands, plan, prompt
from flash.acceptance.bench import Bench
from flash.acceptance.result import BRING_BACK, Bad
from flash.acceptance.wires import wire, wires

BANNER = rb"Floorboard (\S+) (\S+) (\S+) boot (\d+) \((\w+)\)"
SETTLE_S, SETTLED_S = 6.0, 0.5
START_S, JOIN_S, SIGN_IN_S = 12.0, 60.0, 60.0
HEAP_KB_MIN, FREE_KB_MIN = 90, 160  # an ESP32 has some 130 KB of heap; an update writes a slot
WEAK_DBM = -75  # below it a device looks for another access point
UNSTARTED = "It did not start."  # firmware/boot.py
HELP_S, UPDATE_S, BACK_S = 10.0, 180.0, 60.0
WATCHDOG_S = 45.0  # firmware/alive.py: 30 s
DARK, BRIGHT = 100, 65_400  # of a light sensor's 65,535: nobody sees so little or so much through a good wire
FIRST_WORDS = {  # on the console, in place of the banner: what to do
    "is not provisioned": "This board has our firmware and no device file: do `floorboard flash provision`.",
    "Brownout detector": "Its supply breaks down as it starts: another cable, another supply, no hub between.",
    "The filesystem starting at sector": "Its file system is damaged: do `floorboard flash provision` again.",
    "invalid header": "Its flash holds nothing that starts: do `floorboard flash provision` with --image.",
    "No bootable app": "Its flash holds nothing that starts: do `floorboard flash provision` with --image.",
    ">>> ": "MicroPython starts, and not our firmware: do `floorboard flash provision`.",
}
WAYS = {  # firmware/trouble.py's words: what to check
    "no network": "none of the device file's networks is on the air here: is the name right, and is it 2.4 GHz?",
    "wifi password": "the Wi-Fi's password is refused: provision it again with the right one.",
    "no address": "it has joined and got no address: does DHCP answer there?",
    "no cable": "nobody is at the other end of its network cable.",
    "no name": "the name server does not know broker.host.",
    "no broker": "nobody listens at broker.host: a firewall, or another host?",
    "certificate": "the broker's certificate is for another host or time: look at broker.host.",
    "captive portal": "something else answers in the broker's place: this Wi-Fi asks guests to sign in.",
    "refused": "the broker does not know it, or not by this secret: provision it again.",
}


def test_boot_banner(here: Bench, dut: Any) -> None:
    prompt.reset(dut)
    try:
        match = dut.expect(BANNER, timeout=START_S)
    except pexpect.TIMEOUT as late:
        raise Bad(_first_words(here, dut)) from late
    firmware, _role, name, boot, cause = (word.decode() for word in match.groups())
    if name != here.name:
        raise Bad(f"The board at {here.port} is {name}, not {here.name}: name the other port or device.")
    # A board that has settled is easier to ask; whether it comes to the floor is a test of its own.
    here.floor.until(partial(_is_back, boot=int(boot)), SETTLE_S)
    time.sleep(SETTLED_S)
    here.said["boot_banner"] = f"Floorboard {firmware}, start {boot} ({cause})"


def _first_words(here: Bench, dut: Any) -> str:
    said = dut.pexpect_proc.buffer.decode(errors="replace")
    for words, what in FIRST_WORDS.items():
        if words in said:
            return what
    if said.strip():
        return f"It says something after a reset, but not that our firmware starts: {said.strip().splitlines()[-1][:80]!r}."
    return (
        f"Nothing is heard at {here.port} after a reset: check power and cable (some only charge), and that EN and GPIO 0 are"
        " wired to the USB bridge."
    )


def test_memory(here: Bench, dut: Any) -> None:
    seen = here.prompt(dut).ask(asked.MEMORY)
    if seen["bad"]:
        raise Bad(f"{seen['bad']} KB of its memory do not keep what is written: another module, this one is broken.")
    if seen["heap_kb"] < HEAP_KB_MIN:
        raise Bad(
            f"Its heap is only {seen['heap_kb']} KB of at least {HEAP_KB_MIN}: is it MicroPython for this chip, the plain one?"
        )
    if seen["wrong"]:
        raise Bad(
            f"Its flash does not keep what is written ({seen['wrong']}): provision it again; if that does not help, another module."
        )
    if seen["free_kb"] < FREE_KB_MIN:
        raise Bad(
            f"Its flash has {seen['free_kb']} KB free, too few for an update ({FREE_KB_MIN}):"
            " `floorboard flash restore --force` it, then provision it again."
        )
    here.said["memory"] = f"heap {seen['heap_kb']} KB, flash {seen['free_kb']} of {seen['flash_kb']} KB free"


@pytest.mark.usefixtures("turn")
def test_keys(here: Bench, dut: Any) -> None:
    made = here.prompt(dut)
    stuck = made.ask(asked.KEYS)
    faults = [_stuck(here, key) if key in stuck else _pressed(here, made, key) for key in here.facts["keys"]]
    if any(faults):
        raise Bad(" ".join(fault for fault in faults if fault))
    here.said["keys"] = f"{', '.join(here.facts['keys'])}: each alone"


def _stuck(here: Bench, key: str) -> str:
    return (
        f"Key {key} is down though nobody presses it: its wire ({wire(here.facts, f'keys.{key}')}) touches GND, or the button is"
        " turned by a quarter."
    )


def _pressed(here: Bench, made: prompt.Prompt, key: str) -> str:
    """What is wrong with it, as a sentence."""
    patience_s = here.hands.patience_s
    made.begin(asked.PRESS.format(ms=round(1000 * patience_s)))
    here.hands.press(key)
    down = made.end(patience_s + prompt.RUN_S)
    at = wire(here.facts, f"keys.{key}")
    if not down:
        return f"No press of {key} is seen: check its wire ({at}), and that the other leg of the button is at GND."
    if down == [key]:
        return ""
    others = [other for other in down if other != key]
    if key in down:
        return f"{key} moves {', '.join(others)} too: their wires touch; {key} is {at}."
    return f"{key} moves {', '.join(others)} instead: the wires are exchanged; {key} is {at}."


@pytest.mark.usefixtures("turn")
def test_lamp_colours(here: Bench, dut: Any) -> None:
    made = here.prompt(dut)
    made.run(asked.LAMP)
    wrong = here.hands.lamp(lambda name: made.run(asked.LIT.format(rgb=hands.COLOURS[name])))
    made.run(asked.LIT.format(rgb=(0, 0, 0)))
    if wrong:
        at, all = wire(here.facts, "lamp.pin"), f"All {here.facts['lamp']['pixels']} pixels of the lamp"
        raise Bad(
            f"{all} should show {', '.join(hands.COLOURS)}, but: {wrong}. Dark: its 5 V and GND, and its data wire ({at})."
            " Other colours, as green for red: another kind of pixels, RGB where GRB is wanted. Only the first ones: the joint"
            " behind the last that is lit."
        )
    here.said["lamp_colours"] = ", ".join(hands.COLOURS)


@pytest.mark.usefixtures("turn")
def test_picture(here: Bench, dut: Any) -> None:
    made = here.prompt(dut)
    colours, faults = tuple(hands.COLOURS) if plan.is_coloured(here.facts) else ("white", "black"), []
    try:
        faults = made.ask(asked.PICTURE)
        wrong = here.hands.picture(lambda name: made.run(asked.FILL.format(colour=name)), colours)
    except prompt.Stumbled as stumbled:  # a part on I2C answers or does not
        wrong = str(stumbled).rstrip(".")
    if wrong:
        pins = tuple(key for key in here.facts["screen"] if f"screen.{key}" in _ends(here.facts))
        raise Bad(
            f"The screen should show {', '.join(colours)}, but: {wrong}. Dark: its supply, its backlight and its wires"
            f" ({wires(here.facts, 'screen', pins)}). Snow or stripes: shorter wires, a good GND."
        )
    if faults:
        raise Bad(f"A font in its flash is broken ({' '.join(faults)}): do `floorboard flash sync`.")
    here.said["picture"] = ", ".join(colours)


def _ends(facts: plan.Facts) -> set[str]:
    """Of the board's wires."""
    return {end for net in facts.get("nets", {}).values() for end in net}


@pytest.mark.usefixtures("turn")
def test_sound(here: Bench, dut: Any) -> None:
    made = here.prompt(dut)
    made.run(asked.SOUND)
    tones: list[int] = []

    def play() -> list[int]:
        tones.extend(made.ask(asked.RING))
        return tones

    if wrong := here.hands.sound(play):
        raise Bad(
            f"The buzzer should ring with two tones, the second one lower, but: {wrong}. Check its wire"
            f" ({wire(here.facts, 'buzzer.pin')}) and GND. A click or one tone only: it is an active buzzer, and a passive one is"
            " wanted."
        )
    here.said["sound"] = ", ".join(f"{hz} Hz" for hz in tones)


def test_parts(here: Bench, dut: Any) -> None:
    seen, said = here.prompt(dut).ask(asked.PARTS), []
    if "badge" in here.facts:
        if seen["faults"]:
            at = wires(here.facts, "badge", ("sck", "mosi", "miso", "cs"))
            raise Bad(f"No badge reader answers: check its 3.3 V and its wires ({at}).")
        said.append(f"badge reader {seen['badge']:x}")
    if "light" in here.facts:
        level = seen["light"]
        if not DARK <= level <= BRIGHT:
            end, at = "3.3 V" if level > BRIGHT else "GND", wire(here.facts, "light.pin")
            raise Bad(f"The light sensor says {level} of 65535, as if its wire were at {end}: check it ({at}).")
        said.append(f"light {level} of 65535")
    here.said["parts"] = ", ".join(said)


def test_network(here: Bench, dut: Any) -> None:
    seen = here.prompt(dut).ask(asked.NETWORK, JOIN_S)
    if seen["trouble"]:
        raise Bad(
            f"It does not join ({seen['trouble']}: {seen['detail']}): {WAYS.get(seen['trouble'], 'look at its network.')}"
        )
    if seen["is_lan"]:
        here.said["network"] = "by cable"
        return
    if seen["rssi"] < WEAK_DBM:
        raise Bad(
            f"It has joined {seen['name']} at only {seen['rssi']} dBm: is its aerial free of metal, and the access point near?"
        )
    here.said["network"] = f"{seen['name']}, {seen['rssi']} dBm, {seen['ip']}"


def test_broker(here: Bench, dut: Any) -> None:
    here.prompt(dut)
    ours = sha256((here.state / "ca.crt").read_bytes()).hexdigest()
    if here.known["ca"] != ours:
        raise Bad("It trusts another site's certificate: provision it again.")
    prompt.reset(dut)
    here.at_prompt = False
    match = prompt.hear(dut, BANNER, START_S, "It does not start again after a reset.")
    boot = int(match[4])
    seen = here.floor.until(lambda seen: _is_back(seen, boot), SIGN_IN_S)
    if seen is None:
        raise Bad(_no_way(dut))
    device = seen["device"]
    if device["id"] != here.known["id"]:
        raise Bad(f"Another board signs in as {here.name}: forget it, and provision this one again.")
    here.said["broker"] = f"start {boot} signed in by the site's own certificate"


def _is_back(seen: dict[str, Any], boot: int) -> bool:
    return bool(seen["device"]["online"] and seen["device"]["boot"] >= boot)


def _no_way(dut: Any) -> str:
    """By what it says itself."""
    dut.expect(pexpect.TIMEOUT, timeout=0.2)
    said = re.findall(r"No way to the edge: ([^\r\n]+)", dut.pexpect_proc.buffer.decode(errors="replace"))
    if not said:
        return f"The floor has not seen it for {SIGN_IN_S:.0f} s, and it says nothing of why: look at its console."
    way = next((what for words, what in WAYS.items() if said[-1].startswith(words)), "docs/failures.md says more.")
    return f"The floor has not seen it for {SIGN_IN_S:.0f} s ({said[-1]}): {way}"


@pytest.mark.usefixtures("turn")
def test_press_to_lamp(on_floor: Bench) -> None:
    here, desk = on_floor, on_floor.floor.look()["desk"]
    if desk is None:
        raise Bad(f"{here.name} has no desk on this floor.")
    if "supervisor" in desk["help"]:
        raise Bad(f"Help is called at desk {desk['desk']} already: close it, and do it again.")
    wrong, took = "", None
    for lit in (True, False):  # what is called here is taken back, whatever the lamp shows
        here.hands.press("help")
        if not here.floor.until(partial(_is_called, lit=lit), here.hands.patience_s + HELP_S):
            still = "" if lit else f" Help is still called at desk {desk['desk']}: take it back."
            raise Bad(f"The floor sees no press of help: check its wire ({wire(here.facts, 'keys.help')}).{still}")
        wrong = wrong or here.hands.answer(lit=lit)
        took = here.hands.answered_ms if took is None else took
    if wrong:
        raise Bad(f"A press of help came to the floor, and the lamp did not follow: {wrong}. Check the lamp, as above.")
    ms = "" if took is None else f": {took} ms from the key to the confirmed lamp"
    here.said["press_to_lamp"] = f"help was called and taken back{ms}"


def _is_called(seen: dict[str, Any], *, lit: bool) -> bool:
    return ("supervisor" in seen["desk"]["help"]) == lit


def test_rollback(on_floor: Bench) -> None:
    """Before the update, so that the floor's last rollout is a good one in the end."""
    here = on_floor
    with here.floor.alone():
        slot, boot = _own(here), here.floor.look()["device"]["boot"]
        ended = _roll_out(here, builds.broken(slot))
        if ended["state"] == "done":
            _roll_out(here, slot)
            raise Bad("It kept firmware that ends at each start: its boot.py is not ours; do `floorboard flash sync`.")
        seen = here.floor.until(partial(_runs, build=builds.name(slot)), BACK_S)
        if seen is None:
            raise Bad("It did not come back from broken firmware to its own: do `floorboard flash sync`.")
        if UNSTARTED not in ended["why"]:
            raise Bad(f"It did not take the broken build that it was to give up: {_why(ended)}")
        if builds.WORDS not in seen["device"]["crash"] or seen["device"]["crash_boot"] <= boot:
            raise Bad("It came back from broken firmware, and did not tell the crash: is its flash full?")
    here.said["rollback"] = "three starts of broken firmware, then back; the crash was told"


def test_update(on_floor: Bench) -> None:
    here = on_floor
    with here.floor.alone():
        slot = _own(here)
        before = here.floor.look()["device"]["slot"]
        for files, what in ((builds.newer(slot), "the new firmware"), (slot, "its own again")):
            ended = _roll_out(here, files)
            device = here.floor.look()["device"]
            if ended["state"] != "done" or device["build"] != builds.name(files):
                now = "" if device["build"] == builds.name(slot) else f" {BRING_BACK.format(name=here.name)}"
                raise Bad(f"It did not take {what}: {_why(ended)}{now}")
    here.said["update"] = f"slot {before}, to the other one, and back to build {builds.name(slot)[:8]}"


def _runs(seen: dict[str, Any], build: str) -> bool:
    return bool(seen["device"]["online"] and seen["device"]["build"] == build)


def _why(rollout: dict[str, Any]) -> str:
    """Without the device's name."""
    return str(rollout["why"]).partition(": ")[2] or str(rollout["why"])


def _own(here: Bench) -> dict[str, bytes]:
    """What the device runs, which it is to run again in the end. Bad if that is not this program's firmware."""
    slot, device = builds.own(here.floor.look()["device"]["hardware"]), here.floor.look()["device"]
    if device["build"] != builds.name(slot):
        raise Bad(
            f"It runs build {device['build'][:8]}, and this program makes {builds.name(slot)[:8]}: bring it up to date first, by"
            f" `floorboard firmware rollout --device {here.name}`."
        )
    return slot


def _roll_out(here: Bench, files: dict[str, bytes]) -> dict[str, Any]:
    """To this device alone: the rollout once it is over."""
    try:
        with tempfile.TemporaryDirectory(prefix="floorboard-slot-") as folder:
            for path, content in files.items():
                Path(folder, path).parent.mkdir(parents=True, exist_ok=True)
                Path(folder, path).write_bytes(content)
            here.floor.ask("roll_out", folder=folder)
        seen = here.floor.until(lambda seen: seen["rollout"]["state"] != "open", UPDATE_S)
    except KeyboardInterrupt:
        with contextlib.suppress(Bad):  # it is over already
            here.floor.ask("stop")
        raise
    if seen is None:
        here.floor.ask("stop")
        raise Bad(f"The update was not over after {UPDATE_S:.0f} s: is its network slow?")
    rollout: dict[str, Any] = seen["rollout"]
    return rollout


def test_watchdog(on_floor: Bench, dut: Any) -> None:
    """Ctrl-C ends what feeds it."""
    here = on_floor
    prompt.calm(dut).write(b"\r\x03\x03")
    prompt.hear(dut, rb">>> ", START_S, "Its firmware is not stopped by Ctrl-C at the console.")
    match = prompt.hear(
        dut,
        BANNER,
        WATCHDOG_S,
        f"Nobody fed its watchdog for {WATCHDOG_S:.0f} s, and it did not reset the chip: another module.",
    )
    boot, cause = int(match[4]), match[5].decode()
    if cause != "wdt":
        raise Bad(
            f"It started anew with the cause {cause}, not wdt: the supply, or a loose EN, was faster than the watchdog."
        )
    seen = here.floor.until(lambda seen: _is_back(seen, boot), SIGN_IN_S)
    if seen is None or seen["device"]["cause"] != "wdt":
        raise Bad("After its watchdog's reset it did not come back to the floor.")
    here.said["watchdog"] = f"start {boot} (wdt), back on the floor"
