"""What is run at a board's prompt, in MicroPython, each ending with one line of JSON. No secret is ever printed."""

FACTS = """
import binascii, boot, hashlib, os, sys
if not boot.record["trial"]:
    boot.proved()
with open("device.json") as file:
    held = json.load(file)
said = {key: held.get(key, "") for key in ("site", "name", "role", "board", "id", "host")}
said["mac"] = binascii.hexlify(machine.unique_id()).decode()
said["micropython"] = ".".join([str(part) for part in sys.implementation[1][:3]])
with open("ca.pem", "rb") as file:
    said["ca"] = binascii.hexlify(hashlib.sha256(file.read()).digest()).decode()
print(json.dumps(said))
"""  # the starts that an acceptance makes are no failed ones: they must not end in safe mode

MEMORY = """
import gc, os
gc.collect()
heap = gc.mem_free() + gc.mem_alloc()
bad, size = 0, 32768
view = memoryview(bytearray(size))
for byte in (0x55, 0xAA):
    one = bytes([byte]) * 1024
    for at in range(0, size, 1024):
        view[at:at + 1024] = one
    for at in range(0, size, 1024):
        bad += bytes(view[at:at + 1024]) != one
status = os.statvfs("/")
wrong = ""
try:
    with open("acceptance.tmp", "wb") as file:
        for n in range(8):
            file.write(bytes([n * 29 + 7, 255 - n]) * 512)
    with open("acceptance.tmp", "rb") as file:
        for n in range(8):
            if file.read(1024) != bytes([n * 29 + 7, 255 - n]) * 512:
                wrong = "another content"
except OSError as error:
    wrong = "error %s" % error.args[0]
try:
    os.remove("acceptance.tmp")
except OSError:
    pass
kb = status[0] * status[3] >> 10, status[1] * status[2] >> 10
print(json.dumps({"heap_kb": heap >> 10, "bad": bad, "free_kb": kb[0], "flash_kb": kb[1], "wrong": wrong}))
"""

KEYS = """
import asyncio, board, time
pins = {name: machine.Pin(gpio, machine.Pin.IN, machine.Pin.PULL_UP) for name, gpio in board.KEYS.items()}
async def down(ms, is_press):
    # The keys that went down until all are up again, for so long at most; without a press what is down just now.
    seen, end, fed = [], time.ticks_add(time.ticks_ms(), ms), 0
    while time.ticks_diff(end, time.ticks_ms()) > 0:
        low = [name for name, pin in pins.items() if not pin.value() and name not in stuck]
        seen.extend([name for name in low if name not in seen])
        if is_press and seen and not low:
            break
        dog.feed()
        await asyncio.sleep_ms(2)
    return seen
stuck = []
stuck = asyncio.run(down(200, False))
print(json.dumps(stuck))
"""
PRESS = "print(json.dumps(asyncio.run(down({ms}, True))))\n"

LAMP = """
import board, neopixel
bar = neopixel.NeoPixel(machine.Pin(board.LAMP["pin"], machine.Pin.OUT), board.LAMP["pixels"])
def show(rgb):
    for i in range(board.LAMP["pixels"]):
        bar[i] = rgb
    bar.write()
"""
LIT = "show({rgb})\n"

PICTURE = """
import board, screen
picture = screen.start(board.SCREEN)
print(json.dumps(picture.faces.faults))
"""
FILL = "picture.fill((0, 0, picture.width, picture.height), {colour!r})\npicture.flush()\n"

SOUND = """
import asyncio, board, chime
from drivers import buzzer
async def ring():
    made = chime.Chime(buzzer.Buzzer(board.BUZZER))
    made.ring()
    await asyncio.sleep_ms(sum([ms for hz, ms in chime.TONES]) + 200)
"""
RING = "asyncio.run(ring())\nprint(json.dumps([hz for hz, ms in chime.TONES if hz]))\n"

PARTS = """
import asyncio, parts
async def look():
    made = parts.Parts(lambda percent: None)
    badge = made.badge.version() if made.badge else 0
    return {"faults": made.faults, "badge": badge, "light": made.dimmer.light.level() if made.dimmer else None}
print(json.dumps(asyncio.run(look())))
"""

NETWORK = """
import asyncio, board, gc, network
from trouble import Closed
with open("device.json") as file:
    networks = json.load(file).get("networks", ())
gc.collect()
if hasattr(board, "ETHERNET") and not networks:
    import lan
    net, wlan = lan.Lan(board.ETHERNET), None
else:
    import wifi
    network.WLAN(network.WLAN.IF_STA).active(False)
    net = wifi.Wifi(networks)
    wlan = net._wlan
said = {"trouble": "", "detail": ""}
try:
    asyncio.run(net.join())
    said["ip"] = wlan.ifconfig()[0] if wlan else ""
except Closed as closed:
    said["trouble"], said["detail"] = closed.args[0], closed.args[1] if len(closed.args) > 1 else ""
said["name"], said["ap"], said["rssi"], said["is_lan"] = net.name, net.ap, net.rssi(), wlan is None
print(json.dumps(said))
"""
