"""How every command starts and ends: the log, one line for an error, the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from ..errors import UserError, out_of_memory, undecodable
from ..progress import log, start_log

USAGE_EXIT = 2
FAILURE_EXIT = 1
INTERRUPTED_EXIT = 130


def run(main: Callable[[list[str]], int]) -> int:
    """Run a command and turn what it raises into one line and an exit code.

    Args:
        main: Takes the arguments, returns the exit code.

    Returns:
        The code of ``main``; 2 for what the user can mend, 1 for our own failures, 130 when
        interrupted. With ``VSMEME_DEBUG`` set, exceptions pass through.
    """
    start_log()
    if os.environ.get("VSMEME_DEBUG"):
        return main(sys.argv[1:])
    try:
        return main(sys.argv[1:])
    except (UserError, OSError) as error:
        log.error("%s", one_line(error))
        return USAGE_EXIT
    except KeyboardInterrupt:
        log.error("interrupted; run the same command to go on")
        return INTERRUPTED_EXIT
    except Exception as error:
        if isinstance(error, MemoryError) or out_of_memory(str(error)):
            log.error(
                "memory ran out (%s): close other programs, or let vsmeme learn try smaller "
                "tiles by running it again",
                one_line(error),
            )
            return USAGE_EXIT
        if undecodable(str(error)):
            log.error(
                "a source video is damaged (%s); rip it again, then rerun this command",
                one_line(error),
            )
            return USAGE_EXIT
        log.error("internal error: %s: %s", type(error).__name__, one_line(error))
        return FAILURE_EXIT


def one_line(error: BaseException) -> str:
    """Return an error's message without line breaks."""
    if isinstance(error, OSError) and not isinstance(error, UserError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror.lower()}"
    return " ".join(str(error).split()) or type(error).__name__
