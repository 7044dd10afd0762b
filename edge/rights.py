"""Who may see and ask what: one table for pages, API, tokens and tests. docs/accounts.md shows it.

A row is something that is seen, or the name of a request. `OWN` lets an agent ask for what is their own (edge.rules.own), and shows
a viewer the queues of their account.
"""

from typing import NamedTuple

YES, OWN, NO = "yes", "own", ""

ROLES = ("visitor", "display", "agent", "supervisor", "viewer", "technician", "admin")
OF_AGENTS = ("agent", "supervisor", "technician", "admin")  # who may be an agent of the site's file, too
SCREENS = ("visitor", "display")  # a kiosk and a TV: nobody types a password there
SCOPES = {
    "see": "the floor, its boards, queues, tickets and desks",
    "tickets": "issue, move, park and end tickets",
    "desks": "press a desk's keys, sign in and out, ask for help and answer it",
    "queues": "shut and reopen queues, and give a ticket its priority",
    "devices": "ask a device to show itself or to restart",
}


class Right(NamedTuple):
    """What a program's token needs for it ("": no token is enough), and what each of ROLES may."""

    scope: str
    visitor: str
    display: str
    agent: str
    supervisor: str
    viewer: str
    technician: str
    admin: str


# fmt: off
RIGHTS: dict[str, Right] = {
    #                        scope      visitor display agent supervisor viewer technician admin
    "kiosk":           Right("tickets", YES,    NO,     NO,   YES,       NO,    NO,        YES),
    "boards":          Right("see",     NO,     YES,    YES,  YES,       YES,   YES,       YES),
    "floor":           Right("see",     NO,     NO,     NO,   YES,       OWN,   YES,       YES),
    "safety":          Right("see",     NO,     NO,     NO,   YES,       NO,    NO,        YES),
    "figures":         Right("see",     NO,     NO,     NO,   YES,       OWN,   NO,        YES),
    "desk":            Right("see",     NO,     NO,     YES,  YES,       NO,    NO,        YES),
    "doors":           Right("see",     YES,    YES,    YES,  YES,       NO,    YES,       YES),
    "lines":           Right("see",     NO,     NO,     YES,  YES,       NO,    YES,       YES),
    "accounts":        Right("",        NO,     NO,     NO,   NO,        NO,    NO,        YES),
    "IssueTicket":     Right("tickets", YES,    NO,     YES,  YES,       NO,    NO,        YES),
    "priority":        Right("queues",  NO,     NO,     NO,   YES,       NO,    NO,        YES),
    "PressKey":        Right("desks",   NO,     NO,     OWN,  YES,       NO,    NO,        YES),
    "CallTicket":      Right("tickets", NO,     NO,     OWN,  YES,       NO,    NO,        YES),
    "MoveTicket":      Right("tickets", NO,     NO,     OWN,  YES,       NO,    NO,        YES),
    "ParkTicket":      Right("tickets", NO,     NO,     OWN,  YES,       NO,    NO,        YES),
    "ReturnTicket":    Right("tickets", NO,     NO,     OWN,  YES,       NO,    NO,        YES),
    "CancelTicket":    Right("tickets", NO,     NO,     OWN,  YES,       NO,    NO,        YES),
    "TakeOver":        Right("tickets", NO,     NO,     OWN,  YES,       NO,    NO,        YES),
    "ConfirmOutcome":  Right("tickets", NO,     NO,     OWN,  YES,       NO,    NO,        YES),
    "ShutQueue":       Right("queues",  NO,     NO,     NO,   YES,       NO,    NO,        YES),
    "ReopenQueue":     Right("queues",  NO,     NO,     NO,   YES,       NO,    NO,        YES),
    "SignIn":          Right("desks",   NO,     NO,     OWN,  YES,       NO,    NO,        YES),
    "SignInWith":      Right("desks",   NO,     NO,     YES,  YES,       NO,    NO,        YES),
    "SignOut":         Right("desks",   NO,     NO,     OWN,  YES,       NO,    NO,        YES),
    "ChangePresence":  Right("desks",   NO,     NO,     OWN,  YES,       NO,    NO,        YES),
    "RaiseHelp":       Right("desks",   NO,     NO,     OWN,  YES,       NO,    NO,        YES),
    "AcknowledgeHelp": Right("desks",   NO,     NO,     NO,   YES,       NO,    NO,        YES),
    "ArriveAtHelp":    Right("desks",   NO,     NO,     NO,   YES,       NO,    NO,        YES),
    "CloseHelp":       Right("desks",   NO,     NO,     OWN,  YES,       NO,    NO,        YES),
    "AskDevice":       Right("devices", NO,     NO,     NO,   NO,        NO,    YES,       YES),
}
# fmt: on
assert Right._fields[1:] == ROLES


def scopes_of(role: str) -> tuple[str, ...]:
    """Those that are of any use to a token of such an account."""
    return tuple(scope for scope in SCOPES if any(r.scope == scope and getattr(r, role) for r in RIGHTS.values()))


class Who(NamedTuple):
    """Who asks: an account, its agent, the queues that a viewer sees; of a program, its token's scopes and what it is for."""

    name: str
    role: str
    agent: str = ""
    queues: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None
    program: str = ""

    def lacks(self, what: str) -> str:
        """The scope that a program's token lacks for it, though its account's role may; "" if that is not why."""
        right = RIGHTS[what]
        is_so = self.scopes is not None and right.scope not in self.scopes and getattr(right, self.role)
        return right.scope if is_so else ""

    def may(self, what: str) -> str:
        """YES, OWN or NO. KeyError if there is no such row."""
        right = RIGHTS[what]
        if self.scopes is not None and right.scope not in self.scopes:
            return NO
        return str(getattr(right, self.role))
