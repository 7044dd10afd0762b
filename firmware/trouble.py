"""Why there is no way to the edge: `Closed(word, detail)`, one word of a few for a lamp or a display, the detail for a technician.

no network: no access point of ours is heard; wifi password: it is wrong; no address: DHCP does not answer; no cable: nobody at its
other end; no name: no name server knows the broker's host; no broker: nobody there; broker silent: it takes or says nothing; broker
closed: it ended the connection; refused: it does not know this device, or not by this secret; certificate: the site's own, but for
another host or time; captive portal: somebody else answers in the broker's place; edge silent: the broker is there, the edge's
beat is not. They are written out where they are raised: a name for each would cost a desk unit 600 bytes.
"""


class Closed(Exception):
    """The session is over, or did not begin."""

    def __str__(self):
        return ": ".join([said for said in self.args if said])
