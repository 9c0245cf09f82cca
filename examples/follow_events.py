#!/usr/bin/env python3
"""Writes each event of an organization as a line of JSON, with Python's standard library alone (3.9 or newer).

    KEY=wa_… python3 examples/follow_events.py --events message,message.status --cursor events.cursor

The stream resumes after a lost connection, and with --cursor also after a restart of this program, so that no event is
missed. Events are delivered at least once: deduplicate by "id". Diagnostics are written to standard error. Exits with 1 when the
gateway refuses, for example because the key was revoked.
"""

import argparse
import http.client
import json
import os
import random
import signal
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

# The gateway sends a comment every 15 s, so a connection that is silent for longer than this is dead.
SILENCE_S = 45
LONGEST_WAIT_S = 30


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    position = read_cursor(options.cursor)
    failures = 0
    while True:
        try:
            for event_id, data in blocks(open_stream(options, position)):
                failures = 0
                if data is not None:
                    handle(json.loads(data))
                # Only after the event is handled: a crash before this repeats it and loses none.
                position = event_id or position
                save_cursor(options.cursor, position)
            note("the gateway ended the stream")
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.headers.get("Retry-After") is None:
                sys.exit(f"the gateway refused: {error.code} {error.read().decode('utf-8', 'replace')}")
            note(f"the gateway answered {error.code}")
        except (OSError, http.client.HTTPException) as error:
            note(f"the connection was lost: {error}")
        failures += 1
        time.sleep(random.uniform(0, min(LONGEST_WAIT_S, 2 ** min(failures, 5) / 2)))


def handle(event):
    """Handles an event. Ignore unknown kinds."""
    if event["event"] == "stream.gap":
        note(f"events are missing: {event['payload']}")
    try:
        print(json.dumps(event, ensure_ascii=False), flush=True)
    except BrokenPipeError:
        # The reader of our output has exited. This is not a lost connection; nothing is left to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def open_stream(options, position):
    query = {name: value for name, value in (("event", options.events), ("session", options.sessions)) if value}
    headers = {"Authorization": f"Bearer {os.environ['KEY']}", "Accept": "text/event-stream"}
    if position is not None:
        headers["Last-Event-ID"] = position
    url = f"{options.url.rstrip('/')}/api/v1/events?{urllib.parse.urlencode(query)}"
    response = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=SILENCE_S)
    note("following" if position is None else f"following after {position}")
    return response


def blocks(response):
    """The blocks of a stream of server-sent events, as pairs of id and data. An id without data is a position only."""
    event_id, data = None, []
    with response:
        for line in response:
            name, _, value = line.decode("utf-8").rstrip("\r\n").partition(":")
            value = value[1:] if value.startswith(" ") else value
            if name == "id":
                event_id = value
            elif name == "data":
                data.append(value)
            elif name == "" and not value:
                if event_id is not None or data:
                    yield event_id, "\n".join(data) if data else None
                event_id, data = None, []


def read_cursor(path):
    try:
        with open(path or os.devnull, encoding="utf-8") as file:
            return file.read().strip() or None
    except FileNotFoundError:
        return None


def save_cursor(path, position):
    if path is None or position is None:
        return
    # Written to another file and renamed, so that the cursor is never incomplete.
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(position)
    os.replace(f"{path}.new", path)


def arguments():
    parser = argparse.ArgumentParser(description="Writes the events of an organization as lines of JSON.")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--events", help="only these, separated by commas")
    parser.add_argument("--sessions", help="only of these, separated by commas")
    parser.add_argument("--cursor", help="a file that keeps the id of the last event over restarts")
    if not os.environ.get("KEY"):
        parser.error("KEY must be set to an API key that may read")
    return parser.parse_args()


def note(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
