"""Facts: all that can have happened on a floor, as typed records by subject, and their stored form (JSON, one object a fact).

A fact is never changed or taken back; a type grows by fields with defaults. Times are milliseconds since 1970 in UTC.
"""

import functools
import operator

import msgspec

from edge.facts.andon import *
from edge.facts.base import Event, Fact, Own
from edge.facts.contacts import *
from edge.facts.devices import *
from edge.facts.outside import *
from edge.facts.people import *
from edge.facts.site import *
from edge.facts.tickets import *
from edge.facts.updates import *

_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(functools.reduce(operator.or_, Fact.__subclasses__()))
_encoder = msgspec.json.Encoder()


def encode(fact: Fact) -> bytes:
    return _encoder.encode(fact)


def decode(raw: bytes | str) -> Fact:
    """A stored fact; msgspec.ValidationError if it is none (then the journal is damaged or newer than this program)."""
    return _decoder.decode(raw)
