"""A catalog that says what a test wants, whatever the board has."""

import json

from board import faults
from board.server import Board
from board.threads import catalog
from threadreel.demo.page import Thread


def serve_catalog(board: Board, *threads: Thread, name: str = "g") -> str:
    """The board lists these threads and no others; the address of its catalog."""
    body = json.dumps(catalog(threads)).encode()
    board.always(f"/{name}/catalog.json", faults.replaced(body, "application/json"))
    return f"{board.root}/{name}/catalog"
