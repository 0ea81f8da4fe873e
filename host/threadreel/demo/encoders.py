"""Patterns as PNG, GIF and JPEG files, with the standard library only. Each result is a complete, valid file.

PNG is deflated by zlib. GIF and JPEG take the shortest way their formats allow: uncompressed codes in GIF, and in JPEG
one flat colour for each 8 x 8 block (a mosaic), which needs no cosine transform.
"""

from __future__ import annotations

import struct
import zlib
from itertools import chain

from threadreel.demo.patterns import COLOURS, Pattern

_JPEG_BLOCK = 8
#: lengths and values of the luminance DC code of ITU-T T.81 table K.3
_DC_LENGTHS = bytes((0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0))
_DC_VALUES = bytes(range(12))
#: the only AC symbol ever sent is "end of block", with the code 0
_AC_LENGTHS, _AC_VALUES, _END_OF_BLOCK = bytes((1, *[0] * 15)), b"\0", "0"


def png(pattern: Pattern) -> bytes:
    """An eight-bit palette PNG."""
    header = struct.pack(">IIBBBBB", pattern.width, pattern.height, 8, 3, 0, 0, 0)
    pixels = b"".join(b"\0" + row for row in pattern.rows)
    palette = bytes(chain.from_iterable(pattern.palette))
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"PLTE", palette)
        + png_chunk(b"IDAT", zlib.compress(pixels, 6))
        + png_chunk(b"IEND", b"")
    )


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """One PNG chunk: length, kind, data, checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def gif(pattern: Pattern) -> bytes:
    """A GIF whose codes stay eight bits wide: the code table is cleared before it would need a ninth."""
    clear, end, pixels_between_clears = COLOURS, COLOURS + 1, 126
    screen = struct.pack("<HHBBB", pattern.width, pattern.height, 0b1000_0000 | 0b110, 0, 0)
    picture = b"\x2c" + struct.pack("<HHHHB", 0, 0, pattern.width, pattern.height, 0)
    pixels = b"".join(pattern.rows)
    codes = b"".join(
        bytes((clear,)) + pixels[start : start + pixels_between_clears]
        for start in range(0, len(pixels), pixels_between_clears)
    ) + bytes((end,))
    blocks = b"".join(bytes((len(codes[at : at + 255]),)) + codes[at : at + 255] for at in range(0, len(codes), 255))
    palette = bytes(chain.from_iterable(pattern.palette))
    return b"GIF89a" + screen + palette + picture + b"\x07" + blocks + b"\0" + b"\x3b"


def jpeg(pattern: Pattern) -> bytes:
    """A baseline JPEG of the pattern as a mosaic of 8 x 8 blocks, each in the colour of its middle."""
    frame = struct.pack(">BHHB", 8, pattern.height, pattern.width, 3) + bytes((1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0))
    scan = bytes((3, 1, 0, 2, 0, 3, 0, 0, 63, 0))
    return (
        b"\xff\xd8"
        + jpeg_segment(0xE0, b"JFIF\0" + bytes((1, 1, 0, 0, 1, 0, 1, 0, 0)))
        # a flat block of value v has the DC coefficient 8 * v: dividing by 8 leaves v itself
        + jpeg_segment(0xDB, b"\0" + bytes([_JPEG_BLOCK] * 64))
        + jpeg_segment(0xC0, frame)
        + jpeg_segment(0xC4, b"\x00" + _DC_LENGTHS + _DC_VALUES)
        + jpeg_segment(0xC4, b"\x10" + _AC_LENGTHS + _AC_VALUES)
        + jpeg_segment(0xDA, scan)
        + _jpeg_bits(pattern)
        + b"\xff\xd9"
    )


def jpeg_segment(marker: int, data: bytes) -> bytes:
    """One JPEG marker segment: its length counts itself."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def _jpeg_bits(pattern: Pattern) -> bytes:
    codes = _dc_codes()
    colours = [_shifted_ycc(*colour) for colour in pattern.palette]
    bits: list[str] = []
    before = (0, 0, 0)
    half = _JPEG_BLOCK // 2
    for top in range(0, pattern.height, _JPEG_BLOCK):
        row = pattern.rows[min(top + half, pattern.height - 1)]
        for left in range(0, pattern.width, _JPEG_BLOCK):
            colour = colours[row[min(left + half, pattern.width - 1)]]
            for now, then in zip(colour, before, strict=True):
                bits.append(_difference_bits(now - then, codes))
                bits.append(_END_OF_BLOCK)
            before = colour
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")


def _difference_bits(difference: int, codes: list[str]) -> str:
    size = abs(difference).bit_length()
    if not size:
        return codes[0]
    value = difference if difference > 0 else difference + (1 << size) - 1
    return codes[size] + format(value, f"0{size}b")


def _dc_codes() -> list[str]:
    codes, code = [], 0
    for length, count in enumerate(_DC_LENGTHS, start=1):
        for _ in range(count):
            codes.append(format(code, f"0{length}b"))
            code += 1
        code <<= 1
    return codes


def _shifted_ycc(red: int, green: int, blue: int) -> tuple[int, int, int]:
    luma = round(0.299 * red + 0.587 * green + 0.114 * blue)
    return luma - 128, round((blue - luma) * 0.564), round((red - luma) * 0.713)
