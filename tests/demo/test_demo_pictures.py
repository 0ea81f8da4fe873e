"""Generated media: exact sizes, the right signatures, files that decode, equal for equal arguments."""

import struct
import zlib

import pytest

from threadreel.demo.pictures import media_bytes

SIGNATURES = {
    ".jpg": (0, b"\xff\xd8\xff"),
    ".png": (0, b"\x89PNG\r\n\x1a\n"),
    ".gif": (0, b"GIF89a"),
    ".webm": (0, b"\x1a\x45\xdf\xa3"),
    ".webp": (8, b"WEBP"),
    ".mp4": (4, b"ftyp"),
    ".pdf": (0, b"%PDF-"),
    ".swf": (0, b"FWS"),
}


@pytest.mark.parametrize("ext", [*SIGNATURES, ".txt"])
def test_size_is_exact_whatever_it_is(ext: str) -> None:
    natural = len(media_bytes("size", ext))
    sizes = {0, 1, 11, *range(natural, natural + 300), natural + 65_537, natural + 65_540, natural + 65_541, 200_000}
    assert all(len(media_bytes("size", ext, size)) == size for size in sizes)


@pytest.mark.parametrize("ext", SIGNATURES)
@pytest.mark.parametrize("size_bytes", [16, 1000, 100_000])
def test_signature_is_that_of_the_extension(ext: str, size_bytes: int) -> None:
    offset, signature = SIGNATURES[ext]
    body = media_bytes("signature", ext, size_bytes)
    assert body[offset : offset + len(signature)] == signature


def test_equal_arguments_give_equal_bytes_and_other_seeds_others() -> None:
    assert media_bytes(1, ".png", 5000) == media_bytes(1, ".png", 5000)
    for ext in SIGNATURES:
        for size_bytes in (40, 400, 4000):
            assert len({media_bytes(seed, ext, size_bytes) for seed in range(50)}) == 50


@pytest.mark.parametrize("size_bytes", [None, 3000, 200_000])
def test_png_is_whole_chunk_by_chunk(size_bytes: int | None) -> None:
    body = media_bytes("chunks", ".png", size_bytes, width=40, height=30)
    at, kinds, pixels = 8, [], b""
    while at < len(body):
        length, kind = struct.unpack_from(">I4s", body, at)
        data = body[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", body, at + 8 + length)[0] == zlib.crc32(kind + data)
        kinds.append(kind)
        pixels += data if kind == b"IDAT" else b""
        at += 12 + length
    assert (kinds[0], kinds[-1]) == (b"IHDR", b"IEND")
    assert len(zlib.decompress(pixels)) == 30 * (40 + 1)


def test_gif_codes_give_back_every_pixel() -> None:
    width, height = 40, 30
    body = media_bytes("codes", ".gif", 9000, width=width, height=height)
    at = 13 + 3 * 128
    while body[at] == 0x21:  # the comment that fills the file, wherever it stands
        at = _after_blocks(body, at + 2)
    assert (body[at], body[at + 10]) == (0x2C, 7)
    codes = _joined_blocks(body, at + 11)
    assert codes[-1] == 129
    assert len([code for code in codes if code < 128]) == width * height


def test_jpeg_segments_lead_to_the_scan() -> None:
    body = media_bytes("segments", ".jpg", 200_000, width=80, height=64)
    at, markers = 2, []
    while (marker := body[at + 1]) != 0xDA:
        assert body[at] == 0xFF
        markers.append(marker)
        at += 2 + struct.unpack_from(">H", body, at + 2)[0]
    assert {0xE0, 0xDB, 0xC0, 0xC4, 0xFE} == set(markers)
    assert body.endswith(b"\xff\xd9")


def test_one_seed_is_one_picture_in_every_kind() -> None:
    sizes = {len(media_bytes("same", ext, width=64, height=64)) for ext in (".jpg", ".png", ".gif")}
    assert len(sizes) == 3


def _after_blocks(body: bytes, at: int) -> int:
    while body[at]:
        at += 1 + body[at]
    return at + 1


def _joined_blocks(body: bytes, at: int) -> bytes:
    joined = b""
    while body[at]:
        joined += body[at + 1 : at + 1 + body[at]]
        at += 1 + body[at]
    return joined
