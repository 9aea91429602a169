"""A download that gives up rather than hang, and a file that is kept whole or not at all."""

import contextlib
import os
import queue
import threading
import time
import urllib.request
from urllib.parse import urlsplit

SILENCE = 10  # seconds without a byte, after which a download is given up
PATIENCE = 60  # seconds for the whole download


class NotToBeHad(Exception):
    """What was wanted cannot be fetched; the text says why."""


def deadline():
    """When a download that begins now must be over, as a time of `time.monotonic`."""
    return time.monotonic() + PATIENCE


def download(url, most, end):
    """The bytes that `url` holds, hardly more than `most`; `NotToBeHad` if it is silent too long.

    end: a `deadline()`, one for several files. A thread of its own fetches, because no timeout of
    Python's covers the search for a server's address.
    """
    host, content = urlsplit(url).hostname, b""
    pieces, given_up = queue.Queue(), threading.Event()
    threading.Thread(target=_fetch, args=(url, pieces, given_up), daemon=True).start()
    try:
        while len(content) <= most and (piece := pieces.get(timeout=SILENCE)):
            if isinstance(piece, Exception):
                words = str(piece).removeprefix("<urlopen error ").removesuffix(">")
                raise NotToBeHad(f"{host} cannot be reached: {words}")
            content += piece
            if time.monotonic() > end:
                raise NotToBeHad(f"{host} sent too slowly: {len(content):,} bytes in {PATIENCE} s")
    except queue.Empty:
        raise NotToBeHad(f"{host} did not answer within {SILENCE} s") from None
    finally:
        given_up.set()
    return content


def _fetch(url, pieces, given_up):
    """Put the pieces of a download into a queue, at last an empty one, or what went wrong."""
    try:
        # Its own timeout is the longer one: it only ends a thread that nobody waits for any more.
        with urllib.request.urlopen(url, timeout=2 * SILENCE) as answer:
            while not given_up.is_set() and (piece := answer.read1(2**16)):
                pieces.put(piece)
        pieces.put(b"")
    except Exception as error:
        pieces.put(error)


def keep(content, path):
    """Write a file that is there completely or not at all; return whether that was possible."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        return False
    return True
