"""Entry of people: parses the command line, runs the command, turns errors into sentences and exit codes.

0: done; 1: something is incomplete, failed or wrong; 2: usage, or an address that is none of ours; 130: interrupted.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from threadreel import __version__
from threadreel.commands.download_options import joined
from threadreel.errors import FilterError, SettingsError, TemplateError, ThreadreelError, UrlError
from threadreel.sentences import SYSTEM_ERRORS, as_sentence

EXIT_TROUBLE, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130
#: mistakes in what was typed, found before anything was done
_USAGE_ERRORS = (UrlError, TemplateError, FilterError, SettingsError)
_USAGE_CODES = frozenset({"request.unsupported", "setup.browser", "setup.extension_id", "setup.manifest_folder"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # file names may hold what the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except _USAGE_ERRORS as error:
        return _say(error, EXIT_USAGE)
    except ThreadreelError as error:
        return _say(error, EXIT_USAGE if error.code in _USAGE_CODES else EXIT_TROUBLE)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # `| head` has seen enough
        _mute()
        return EXIT_TROUBLE
    except SYSTEM_ERRORS as error:
        return _say(as_sentence(error), EXIT_TROUBLE)
    finally:
        signal.signal(signal.SIGTERM, previous)


def _run(arguments: Sequence[str] | None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    parser = make_parser(words[0] if words else "")
    chosen = parser.parse_args(joined(words))
    if not hasattr(chosen, "run"):
        parser.print_help()
        return EXIT_USAGE
    code: int = chosen.run(chosen)
    return code


def make_parser(command: str = "") -> argparse.ArgumentParser:
    """Every command with its options; only that of ``command`` if it is one: the others' imports would delay a download."""
    parser = argparse.ArgumentParser(
        prog="threadreel", description="Save every file of an imageboard thread, and a report that proves it."
    )
    parser.add_argument("--version", action="version", version=f"threadreel {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    from threadreel.commands import download_commands

    download_commands.add_parsers(commands)
    if command not in commands.choices:
        from threadreel.commands import (
            demo_command,
            health_command,
            library_commands,
            rename_command,
            settings_command,
            setup_commands,
            verify_command,
        )

        verify_command.add_parser(commands)
        rename_command.add_parser(commands)
        library_commands.add_parsers(commands)
        settings_command.add_parser(commands)
        health_command.add_parser(commands)
        setup_commands.add_parsers(commands)
        demo_command.add_parser(commands)
    return parser


def _say(error: ThreadreelError, code: int) -> int:
    with suppress(OSError):
        print(f"threadreel: {error.message}", file=sys.stderr)
        if isinstance(error, FilterError):
            from threadreel.commands.caret import pointed_at

            print(*pointed_at(error.text, error.place), sep="\n", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
    return code


def _mute() -> None:
    """What is still buffered must not fail once more when Python flushes at its end."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
