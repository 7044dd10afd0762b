"""`floorboard receive` and `floorboard cloud`: the far end of what floors send up, and notices that go down to them."""

import argparse
import asyncio
import json
import os
import re
import secrets
import sys
import time
from typing import Any

import msgspec

from edge.commands import Stop, command, end_as_by_ctrl_c, whole

NATS = "nats://127.0.0.1:4222"
MINUTES = 60
WAIT_S = 10


def add(commands: Any) -> None:
    receive = command(
        commands,
        "receive",
        "Take the journals that floors send up from NATS JetStream into PostgreSQL, until Ctrl-C.",
        """floorboard receive --nats nats://hub:4222 --postgres "host=db dbname=floors user=floorboard"
        floorboard receive --credentials hub.creds""",
    )
    _hub(receive)
    _database(receive)
    receive.set_defaults(run=run_receive)

    cloud = command(
        commands,
        "cloud",
        "What floors have sent up, and notices down to them: `cloud status`, `cloud notice`.",
        """floorboard cloud status --postgres "host=db dbname=floors"
        floorboard cloud notice "Training in room 2 at 14:00" --site north""",
    )
    parts = cloud.add_subparsers(title="commands", metavar="COMMAND", required=True)
    status = command(
        parts,
        "status",
        "Each journal in PostgreSQL: its rows, up to where it is whole, and the gaps in it.",
        """floorboard cloud status
        floorboard cloud status --json --postgres "host=db dbname=floors\"""",
    )
    _database(status)
    status.add_argument("--json", action="store_true", help="one JSON line; exit 1 if there is a gap, as without")
    status.set_defaults(run=run_status)
    notice = command(
        parts,
        "notice",
        "Put a line on the wallboards of a site, and wait until its floor has answered.",
        """floorboard cloud notice "Lines are long: breaks after 15:00" --site north
        floorboard cloud notice "Doors open at 10" --site north --minutes 90 --json""",
    )
    notice.add_argument("text", metavar="TEXT", help="at most 120 characters")
    notice.add_argument("--site", required=True, metavar="NAME", help="its `site` in its file")
    notice.add_argument("--minutes", type=whole, default=MINUTES, help="how long it stands (%(default)s)")
    notice.add_argument("--wait", type=whole, default=WAIT_S, metavar="S", help="seconds for the answer (%(default)s)")
    notice.add_argument("--json", action="store_true", help="the answer as one JSON line")
    _hub(notice)
    notice.set_defaults(run=run_notice)


def _hub(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--nats", default=os.environ.get("FLOORBOARD_NATS", NATS), metavar="URL", help=f"($FLOORBOARD_NATS, or {NATS})"
    )
    parser.add_argument(
        "--credentials", default="", metavar="FILE", help="a NATS credentials file, if the hub wants one"
    )


def _database(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--postgres",
        default="",
        metavar="DSN",
        help="as libpq has it, without a password: that stands in ~/.pgpass or PGPASSWORD (default: libpq's own)",
    )


def run_receive(args: argparse.Namespace) -> int:
    from edge.cloud.receive import receive

    end_as_by_ctrl_c()
    asyncio.run(receive(args.nats, args.credentials, args.postgres, _say))
    return 0


def _say(sentence: str) -> None:
    print(f"floorboard: {sentence}", file=sys.stderr, flush=True)


def run_status(args: argparse.Namespace) -> int:
    import psycopg

    from edge.cloud.receive import Store

    store = Store(args.postgres)
    try:
        sources = store.sources()
    except psycopg.Error as error:
        raise Stop(f"PostgreSQL: {str(error).strip().splitlines()[0]}") from error
    finally:
        store.close()
    if args.json:
        now_s = int(time.time())
        print(json.dumps([each._asdict() | {"heard_s": max(0, now_s - each.heard_s)} for each in sources]))
    for each in [] if args.json else sources:
        age_s = max(0, int(time.time()) - each.heard_s)
        holes = ", ".join(f"{first:,} to {last:,}" for first, last in each.gaps)
        print(
            f"{each.site} {each.incarnation}: {each.rows:,} rows, whole up to {each.upto:,}, heard {age_s:,} s ago"
            + (f"; missing: {holes}" if holes else "")
        )
    if not sources and not args.json:
        print("No floor has sent anything yet.")
    return 1 if any(each.gaps for each in sources) else 0


def run_notice(args: argparse.Namespace) -> int:
    import nats

    from edge.cloud import messages

    sent = messages.Notice(secrets.token_hex(6), args.text, args.minutes, time.time_ns() // 1_000_000)
    if not re.fullmatch("[a-z0-9-]{1,32}", args.site):
        raise Stop(f"{args.site!r} is no name of a site: 1 to 32 of a-z, 0-9 and -.")
    if why := messages.wrong_with(sent):
        raise Stop(f"The notice cannot be sent: {why}.")
    try:
        answer = asyncio.run(_send(args, sent))
    except (nats.errors.Error, OSError, TimeoutError) as error:
        raise Stop(f"The hub: {messages.why(args.nats, error)}.") from error
    if answer is None:
        raise Stop(f"{args.site} did not answer within {args.wait} s; the notice waits for it, and its time runs.")
    if args.json:
        print(json.dumps(msgspec.to_builtins(answer)))
    elif answer.ok:
        print(f"{args.site} has taken it; {answer.walls} wallboard{'s' * (answer.walls != 1)} online.")
    if not answer.ok:
        raise Stop(f"{args.site} does not take it: {answer.why}.")
    return 0


async def _send(args: argparse.Namespace, notice: Any) -> Any:
    """The site's Answer, None if none came in time."""
    from edge.cloud import messages

    client = await messages.connect(args.nats, args.credentials, "floorboard cloud notice", asyncio.Event())
    try:
        hub = client.jetstream(timeout=messages.ANSWER_S)
        await messages.stream(hub, messages.NOTICES)
        answers = await client.subscribe(f"fb.{args.site}.answer")
        await hub.publish(f"fb.{args.site}.notice", msgspec.json.encode(notice), headers={"Nats-Msg-Id": notice.id})
        async with asyncio.timeout(args.wait):
            async for message in answers.messages:
                answer = msgspec.json.decode(message.data, type=messages.Answer)
                if answer.id == notice.id:
                    return answer
    except TimeoutError:
        return None
    finally:
        await client.close()
