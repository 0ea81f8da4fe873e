"""Entry of the browser: claim the standard streams, wire the parts, serve, and leave when the browser does.

Started with arguments that a browser chooses (Chromium: the extension's origin; Firefox: the manifest's path and the add-on
id), so nothing here parses them: they are logged, never a reason to refuse.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from threadreel.wire import stdio

#: Chromium kills 2 s after it has closed the pipes (kill_posix.cc); whatever does not end by itself is left behind before
_LEAVE_LIMIT_S = 1.8


def main() -> NoReturn:
    """Serve one browser until it closes the port, then end the process: 0, or 2 after a broken frame."""
    frames_in, frames_out = stdio.claim()  # before anything else is imported: whatever prints, prints to stderr

    import logging
    import signal
    import threading

    from threadreel.engine.engine import Engine
    from threadreel.errors import ThreadreelError
    from threadreel.logs import start_logging, stop_logging
    from threadreel.places import find_places
    from threadreel.sentences import SYSTEM_ERRORS
    from threadreel.session import Session
    from threadreel.settings import SettingsFile
    from threadreel.wire.frames import writer_to
    from threadreel.wire.outbox import Outbox

    leaving = threading.Lock()  # held, for good, by the one thread that ends the process
    is_serving = True

    def leave(status: int, *, may_finish: bool = False) -> None:
        """Put everything in order and end the process; nothing when another thread is at it already.

        ``may_finish``: the browser was closed, and nobody asked this process to end: what is under way may go on without it.
        """
        if not leaving.acquire(blocking=False):
            return
        guard = threading.Timer(_LEAVE_LIMIT_S, os._exit, (status,))
        guard.daemon = True
        guard.start()
        try:
            session.close()
            if may_finish and session.is_member:
                finish()
            log.info("ended with %s", status)
            stop_logging()
            sys.stderr.flush()
        except Exception:
            log.exception("the end was not in order")
        finally:
            os._exit(status)  # a worker that is still connecting is left behind: nothing of it is worth the wait

    def finish() -> None:
        from threadreel.finisher import start_finisher

        try:
            start_finisher(places)
        except (ThreadreelError, *SYSTEM_ERRORS):
            log.exception("nobody goes on with what is under way")

    def stop(*_: object) -> None:
        nonlocal is_serving
        if is_serving:
            is_serving = False  # a second signal must not interrupt what the first one began
            raise SystemExit

    log = logging.getLogger("threadreel.native")
    places = find_places(os.environ)
    settings = SettingsFile(places.settings_file)
    start_logging(places, settings.values["log_level"])
    log.info("started by %s", sys.argv[1:])
    outbox = Outbox(writer_to(frames_out), on_broken=lambda: leave(0, may_finish=True))  # nobody reads any more
    session = Session(outbox, places, settings, lambda listener: Engine(places, settings, listener), os.environ)
    status, may_finish = 0, False
    try:
        for number in (signal.SIGTERM, signal.SIGINT):  # Firefox after 3 s; Ctrl+C in the terminal of the browser
            signal.signal(number, stop)
        status = session.serve(lambda size: os.read(frames_in, size))
        is_serving, may_finish = False, status == 0
    except SystemExit:
        log.info("asked to stop")
    except Exception:
        log.exception("the host failed")
        status = 1
    leave(status, may_finish=may_finish)
    threading.Event().wait(_LEAVE_LIMIT_S)  # another thread is ending the process
    os._exit(status)


if __name__ == "__main__":
    main()
