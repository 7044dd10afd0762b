"""Makes the Link of a device: certificate, way, outbox. Needed once, so that it is imported for that and forgotten."""

import board
import tls

import link as links
import mqtt
from station import once


def link(device, meta):
    """The site's certificate is ca.pem beside the device file, whose contents `device` are."""
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED  # type: ignore[attr-defined]  # the stubs lack it
    with open("ca.pem", "rb") as file:
        context.load_verify_locations(file.read())
    device["password"] = once("secret").password(device["secret"])
    return links.Link(_net(device), device, mqtt.Session(context), meta, _outbox(meta["boot"]))


def _outbox(number):
    if not (hasattr(board, "KEYS") or hasattr(board, "BADGE")):
        import none

        return none.Outbox(number)
    import clock
    import outbox
    import spill

    return outbox.Outbox(number, spill.Spill(), clock.Clock())


def _net(device):
    """By cable where the board has a plug and the device file names no network."""
    facts = getattr(board, "ETHERNET", None)
    if facts and not device.get("networks"):
        import lan

        return lan.Lan(facts)
    import wifi

    return wifi.Wifi(device.get("networks", ()))
