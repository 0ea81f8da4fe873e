"""Media files made here: of any kind, of any size to the byte, equal for equal arguments.

PNG, GIF and JPEG are real pictures; WEBP is a real picture of one pixel; WEBM, MP4, PDF and SWF are containers without
content. A file reaches its size by filler of the kind its format provides, so that it stays valid.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Mapping

from threadreel.demo.encoders import gif, jpeg, jpeg_segment, png, png_chunk
from threadreel.demo.patterns import Pattern, draw

_RANDOM_BLOCK_BYTES = 1 << 20
_JPEG_SEGMENT_BYTES = 2 + 0xFFFF
#: what tells a kind from others: the longest signature is that of WEBP
_SIGNATURE_BYTES = 12


def media_bytes(seed: object, ext: str, size_bytes: int | None = None, *, width: int = 8, height: int = 8) -> bytes:
    """A file of this extension (with dot), exactly ``size_bytes`` long; None: as long as its content needs.

    ``width`` and ``height`` are pixels, for the kinds that are drawn. One seed draws one picture at every size and in
    every kind. When the size is less than the content needs, arbitrary bytes follow the signature; an extension that
    is not known gets arbitrary bytes alone.
    """
    kind, name = ext.lower(), f"{seed} {ext.lower()}"
    content = _ENCODERS[kind](draw(f"{seed}", width, height)) if kind in _ENCODERS else _CONTAINERS.get(kind, b"")
    missing_bytes = (len(content) if size_bytes is None else size_bytes) - len(content)
    if not missing_bytes:
        return content
    source = random.Random(name)
    if size_bytes is not None and missing_bytes < 0:
        return (content[:_SIGNATURE_BYTES] + source.randbytes(size_bytes))[:size_bytes]
    filler = _random_bytes(source, missing_bytes)
    return _WIDEN.get(kind, bytes.__add__)(content, filler)


def _random_bytes(source: random.Random, size_bytes: int) -> bytes:
    blocks = [source.randbytes(_RANDOM_BLOCK_BYTES) for _ in range(size_bytes // _RANDOM_BLOCK_BYTES)]
    return b"".join([*blocks, source.randbytes(size_bytes % _RANDOM_BLOCK_BYTES)])


# Each of these makes the file exactly len(filler) bytes longer. Filler too short for a header of its own goes to the
# end, where readers of the format stop looking.


def _widen_png(content: bytes, filler: bytes) -> bytes:
    header_bytes, end_bytes = 12, 12
    if len(filler) < header_bytes:
        return content + filler
    return content[:-end_bytes] + png_chunk(b"trPd", filler[header_bytes:]) + content[-end_bytes:]


def _widen_gif(content: bytes, filler: bytes) -> bytes:
    header_bytes, block_bytes = 3, 256
    if len(filler) < header_bytes:
        return content + filler
    blocks, rest = [], filler[header_bytes:]
    while rest:
        # a block of no bytes would end the comment: never leave a single byte over
        take = min(block_bytes, len(rest)) - (len(rest) == block_bytes + 1)
        blocks.append(bytes((take - 1,)) + rest[1:take])
        rest = rest[take:]
    return content[:-1] + b"\x21\xfe" + b"".join(blocks) + b"\0" + content[-1:]


def _widen_jpeg(content: bytes, filler: bytes) -> bytes:
    header_bytes = 4
    if len(filler) < header_bytes:
        return content + filler
    segments, rest = [], filler
    while rest:
        take = len(rest) if len(rest) <= _JPEG_SEGMENT_BYTES else min(_JPEG_SEGMENT_BYTES, len(rest) - header_bytes)
        segments.append(jpeg_segment(0xFE, rest[header_bytes:take]))
        rest = rest[take:]
    return content[:2] + b"".join(segments) + content[2:]


def _widen_webp(content: bytes, filler: bytes) -> bytes:
    header_bytes = 8
    if len(filler) < header_bytes:
        return content + filler
    data = filler[header_bytes:]
    whole = content + b"tRPd" + struct.pack("<I", len(data)) + data
    return whole[:4] + struct.pack("<I", len(whole) - header_bytes) + whole[8:]


def _widen_mp4(content: bytes, filler: bytes) -> bytes:
    header_bytes = 8
    if len(filler) < header_bytes:
        return content + filler
    return content + struct.pack(">I", len(filler)) + b"free" + filler[header_bytes:]


def _widen_webm(content: bytes, filler: bytes) -> bytes:
    header_bytes = 9
    if len(filler) < header_bytes:
        return content + filler
    void = b"\xec" + _ebml_size(len(filler) - header_bytes) + filler[header_bytes:]
    return content[:-8] + _ebml_size(len(filler)) + void


def _widen_pdf(content: bytes, filler: bytes) -> bytes:
    if len(filler) < 2:
        return content + filler
    comment = b"%" + filler[2:].replace(b"\r", b".").replace(b"\n", b".") + b"\n"
    return content.replace(b"startxref", comment + b"startxref", 1)


def _widen_swf(content: bytes, filler: bytes) -> bytes:
    whole = content + filler
    return whole[:4] + struct.pack("<I", len(whole)) + whole[8:]


def _ebml_size(value: int) -> bytes:
    return b"\x01" + value.to_bytes(7, "big")


def _ebml(identifier: bytes, data: bytes) -> bytes:
    return identifier + _ebml_size(len(data)) + data


def _one_pixel_webp() -> bytes:
    """A lossless WEBP of one white pixel: five prefix codes of one symbol each, then no further bit is needed."""
    colour, distance = "1" + "0" + "1" + "1" * 8, "1" + "0" + "0" + "0"
    bits = "0" * 14 + "0" * 14 + "0" + "000" + "0" + "0" + "0" + colour * 4 + distance
    bits += "0" * (-len(bits) % 16 + 8)
    data = b"\x2f" + int(bits[::-1], 2).to_bytes(len(bits) // 8, "little")
    return b"RIFF" + struct.pack("<I", 12 + len(data)) + b"WEBPVP8L" + struct.pack("<I", len(data)) + data


def _empty_pdf() -> bytes:
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    )
    whole, offsets = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        offsets.append(len(whole))
        whole += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(whole)
    return whole + b"xref\n0 4\n0000000000 65535 f \n" + table + trailer


def _empty_webm() -> bytes:
    header = _ebml(b"\x42\x82", b"webm") + _ebml(b"\x42\x87", b"\x04") + _ebml(b"\x42\x85", b"\x02")
    return _ebml(b"\x1a\x45\xdf\xa3", header) + _ebml(b"\x18\x53\x80\x67", b"")


_ENCODERS: Mapping[str, Callable[[Pattern], bytes]] = {".png": png, ".gif": gif, ".jpg": jpeg, ".jpeg": jpeg}
_CONTAINERS: Mapping[str, bytes] = {
    ".webp": _one_pixel_webp(),
    ".webm": _empty_webm(),
    ".mp4": struct.pack(">I", 24) + b"ftypisom" + struct.pack(">I", 512) + b"isommp42",
    ".pdf": _empty_pdf(),
    # one frame of 100 x 100 twips, then the end tag
    ".swf": b"FWS\x06"
    + struct.pack("<I", 23)
    + bytes((0x40, 0, 0x64, 0, 0x64))
    + b"\0\x0c\x01\0"
    + b"\x40\0"
    + bytes(4),
}
_WIDEN: Mapping[str, Callable[[bytes, bytes], bytes]] = {
    ".png": _widen_png,
    ".gif": _widen_gif,
    ".jpg": _widen_jpeg,
    ".jpeg": _widen_jpeg,
    ".webp": _widen_webp,
    ".webm": _widen_webm,
    ".mp4": _widen_mp4,
    ".pdf": _widen_pdf,
    ".swf": _widen_swf,
}
