"""A program of an older protocol: says so to whatever it is told."""

import json
import struct
import sys

header = sys.stdin.buffer.read(4)
request = json.loads(sys.stdin.buffer.read(struct.unpack("=I", header)[0]))
message = "The extension speaks protocol 1, this host (Threadreel 0.0.9) speaks 0."
error = {"code": "protocol.unsupported", "message": message, "hint": "Upgrade the older one."}
answer = json.dumps({"re": request["id"], "type": "error", "error": error}).encode()
sys.stdout.buffer.write(struct.pack("=I", len(answer)) + answer)
sys.stdout.buffer.flush()
sys.stdin.buffer.read()
