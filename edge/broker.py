"""The broker's configuration: TLS only, a role for every device, everything else denied; made anew at each start.

The file formats are mosquitto.conf(5) and the dynamic-security plugin's (what `mosquitto_ctrl dynsec init` writes).
"""

import base64
import hashlib
import json
import os
import pwd
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge import identity, parts, wire

CLIENT_PREFIX = "fb-"
HASH_ROUNDS = (
    101  # the plugin's own default; the passwords are 256 random bits, so more would only slow a storm of sign-ins
)
SALT_BYTES = 12
CONTROL = "$CONTROL/dynamic-security/v1"  # where the edge tells the plugin who comes and goes
HEADERS_BYTES_MAX = 1024  # topic and fixed header of a publish, or everything in a CONNECT but its will
BEHIND_MAX = 20_000  # three retained parts of 3,000 devices, twice: what the edge may be behind at a start

CONF = """\
# Made by edge/broker.py at each start of the broker: changes here are lost.

# TLS only, and only here. Without the next line each listener would want its own copy of the rules.
per_listener_settings false
listener {port} {bind}
cafile {state}/ca.crt
certfile {state}/broker.crt
keyfile {state}/broker.key
tls_version tlsv1.2

# Nobody without a name; what a name may do is in dynamic-security.json.
allow_anonymous false
plugin {plugin}
plugin_opt_config_file {state}/dynamic-security.json

# The keys belong to the user who started us; Mosquitto would otherwise leave root for a user who cannot read them.
user {user}

# The journal is the durable truth: the edge publishes every retained view again when it connects.
persistence false

# Nagle's algorithm and delayed acknowledgements together put 40 ms on each hop of a key press.
set_tcp_nodelay true

# The largest message of the wire is an update piece of {piece} bytes; a bigger packet is nonsense and ends its session.
max_packet_size {packet}

# The wire knows QoS 0 and 1.
max_qos 1

# Every device, and as many of its half-dead sessions again, and the edge.
max_connections {connections}

# Unacknowledged at a time: the firmware and the edge take this many, and lamps must not wait for one another.
max_inflight_messages 20

# Above those. The edge must find room for the greetings of a whole building at once; a device that stops reading is cut off
# by its keepalive (20 s) long before it has this many waiting, and never takes more than the bytes below.
max_queued_messages {behind}
max_queued_bytes {behind_bytes}

# An MQTT 5 client may not be silent for longer. Ours speak 3.1.1 and name 10 s (edge) and 20 s (device) themselves.
max_keepalive 60

# Nobody may read $SYS, so it is not made.
sys_interval 0

log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages false
"""


def configure(state: Path, site: str, devices: Sequence[str], port: int, *, bind: str = "127.0.0.1") -> list[str]:
    """Write mosquitto.conf and dynamic-security.json into `state`; gives the command that runs the broker with them.

    `identity.prepare` comes first. Raises parts.PartMissing.
    """
    state = state.resolve()
    _write(state / "dynamic-security.json", json.dumps(_security(state, site, devices), separators=(",", ":")))
    _write(
        state / "mosquitto.conf",
        CONF.format(
            state=state,
            port=port,
            bind=bind,
            plugin=parts.plugin(),
            user=pwd.getpwuid(os.geteuid()).pw_name,
            piece=wire.PIECE_BYTES_MAX,
            packet=wire.PIECE_BYTES_MAX + HEADERS_BYTES_MAX,
            connections=2 * len(devices) + 64,
            behind=BEHIND_MAX,
            behind_bytes=BEHIND_MAX * 512,
        ),
    )
    return [*parts.find("mosquitto"), "-c", str(state / "mosquitto.conf")]


def _security(state: Path, site: str, devices: Sequence[str]) -> dict[str, Any]:
    """What is allowed; whatever is not named here is denied, $SYS and $CONTROL included."""
    all_of = wire.topic(site, "+", "")
    beat = wire.topic(site, "edge", "$state")
    edge = _acls(
        writes=[*(all_of + part for part in wire.TO_DEVICE), beat, CONTROL],
        reads=[*(all_of + p for p in wire.FROM_DEVICE), CONTROL + "/response"],
    )
    clients = [{**_client("edge"), **_hashed(identity.edge_password(state))}]
    roles = [{"rolename": "edge", "acls": edge}]
    for name in devices:
        role, client = device_rules(site, name)
        clients.append({**client, **_hashed(identity.password(identity.device_secret(state, name)))})
        roles.append(role)
    return {
        "defaultACLAccess": {
            "publishClientSend": False,
            "publishClientReceive": False,
            "subscribe": False,
            "unsubscribe": True,
        },
        "clients": clients,
        "groups": [],
        "roles": roles,
    }


def device_rules(site: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(role, client without its password) of a device, as the plugin's file and its commands both have them."""
    own = wire.topic(site, name, "")
    reads = [*(own + part for part in wire.TO_DEVICE), wire.topic(site, "edge", "$state")]
    return {"rolename": name, "acls": _acls(writes=[own + p for p in wire.FROM_DEVICE], reads=reads)}, _client(name)


def _client(name: str) -> dict[str, Any]:
    """The client id is bound to the name: with another's id one could end another's session."""
    return {"username": name, "clientid": CLIENT_PREFIX + name, "roles": [{"rolename": name}]}


def _hashed(password: str) -> dict[str, Any]:
    salt = secrets.token_bytes(SALT_BYTES)
    hashed = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, HASH_ROUNDS)
    return {
        "password": base64.b64encode(hashed).decode(),
        "salt": base64.b64encode(salt).decode(),
        "iterations": HASH_ROUNDS,
    }


def _acls(*, writes: Sequence[str], reads: Sequence[str]) -> list[dict[str, Any]]:
    allowed = [("publishClientSend", topic) for topic in writes]
    for topic in reads:
        allowed += [("subscribePattern", topic), ("publishClientReceive", topic)]
    return [{"acltype": kind, "topic": topic, "allow": True} for kind, topic in allowed]


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
