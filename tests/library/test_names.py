"""Names: legal on every file system, within their bytes, the same on every run, and never the same for two files."""

from __future__ import annotations

import random
import subprocess
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pathvalidate import validate_filename

from repeats import repeats
from rows import child_command
from threadreel.library.names import (
    FILE_NAME_BYTES,
    FOLDER_NAME_BYTES,
    PART_SUFFIX,
    SafeName,
    clean_folder_name,
    clean_name,
    fold,
    unique_name,
)

BIDI = "".join(map(chr, (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))
FAMILY = "👨‍👩‍👧‍👦"
#: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789¹²³")}
AWKWARD = [
    *["CON", "con.png", "aux", "Aux.tar.gz", "PRN .txt", "nul.", "COM1", "com¹.jpg", "LPT³", "COM0.a", "CLOCK$"],
    *["CONIN$", "CON.a.", "aux..", "NUL. .", "CON." + "a" * 195 + ".b", "lpt9 ."],
    *["", " ", ".", "..", "...", ". .", "a.", "a ", "a. . .", ".hidden", "..\\..", "../../etc/passwd", "/", "\\"],
    *["C:\\x", "a:b", "a\x00b", "\x1b[31m", "tab\tnew\nline\r", "\x7f\x85\x9f", 'a<>:"|?*b', "%2e%2e", "~", "-rf"],
    *["$HOME", "a\u2028b\u2029c", "\u200b\u2060\ufeff", "\ud83d", "a\udfffb", "\ue000", "\U000e0041", "\u0378"],
    *[BIDI, f"png{BIDI}exe", "invoice\u202egnp.exe", " \x1b \x1b "],
    *["e\u0301" * 100, "\u0301\u0308", "<\u0338", "\u226e", "\u212b", "\uac00\u11a8", "\u1100\u1161", "\ufb01"],
    *["w" * 300, "界" * 300, "д" * 300, FAMILY * 30, "🇫🇷" * 60, "👍🏽" * 60, "ก็" * 100, "Z" + "\u0335" * 300],
    *["a.part", "a", "A", "report.json", "REPORT.JSON", "straße", "STRASSE", "ﬁle", "İstanbul", "ı", "ς"],
]
EXTENSIONS = [
    *["", ".png", ".tar.gz", ".PART", ".", "..", "./x", ".p/g", ".\ud800", ".e\u0301", ". ", ".\u202e", "png"],
    "." + "x" * 40,
]

stems = (
    st.sampled_from(AWKWARD)
    | st.text(st.characters(), max_size=300)
    | st.text(st.sampled_from("aA. éé́\u200dCON🤦‍🏽·ß/\\\x00"), max_size=90)
)
extensions = st.sampled_from(EXTENSIONS) | st.text(st.characters(), max_size=6).map(lambda text: "." + text)


def bytes_of(name: str) -> int:
    return len(name.encode())


def assert_is_legal(name: str) -> None:
    """On NTFS, APFS and ext4, also with ``.part``, and with nothing in it that cannot be seen."""
    assert name not in {"", ".", ".."}
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"} for char in name)
    assert bytes_of(name + PART_SUFFIX) <= 255
    assert len((name + PART_SUFFIX).encode("utf-16-le")) // 2 <= 255
    assert name.split(".")[0].strip().upper() not in RESERVED
    for text in (name, name + PART_SUFFIX):
        validate_filename(text, platform="universal", max_len=255)


@settings(max_examples=repeats(600), deadline=None, database=None)
@given(stems, extensions)
@example("CON.a.", "")
@example("aux.b", ".")
@example("", "")
@example("\ud800", ".\ud800")
def test_any_name_is_legal_and_stays_as_it_is(stem: str, ext: str) -> None:
    name = clean_name(stem, ext=ext)
    assert_is_legal(name)
    assert bytes_of(name) <= FILE_NAME_BYTES
    assert clean_name(name) == unicodedata.normalize("NFC", name)
    assert clean_name(stem, ext=ext) == name


@pytest.mark.parametrize("stem", AWKWARD)
def test_each_awkward_name_is_legal_with_every_extension(stem: str) -> None:
    for ext in EXTENSIONS:
        assert_is_legal(clean_name(stem, ext=ext))


@pytest.mark.parametrize(
    ("stem", "ext", "name"),
    [
        ("image", ".jpg", "image.jpg"),
        ("Tom & Jerry's", ".png", "Tom & Jerry's.png"),
        ("CON", ".png", "_CON.png"),
        ("aux.tar", ".gz", "_aux.tar.gz"),
        ("com¹", "", "_com¹"),
        ("CONSOLE", ".png", "CONSOLE.png"),
        ("", ".png", "_.png"),
        ("..", ".png", "_..png"),
        ("a. .", "", "a_"),
        ("a/b\\c:d", ".png", "a_b_c_d.png"),
        ("two\n lines", ".png", "two lines.png"),
        ("gpj\u202e.exe", ".jpg", "gpj.exe.jpg"),
        ("e\u0301", ".png", "é.png"),
        ("界" * 300, ".webm", "界" * 65 + ".webm"),
        ("w" * 300, ".jpg", "w" * 196 + ".jpg"),
        ("long " * 60, ".jpg", ("long " * 39).strip() + " l.jpg"),
        ("e", "." + "x" * 40, "e." + "x" * 40),
    ],
)
def test_a_name_keeps_what_it_can(stem: str, ext: str, name: str) -> None:
    assert clean_name(stem, ext=ext) == name


@pytest.mark.parametrize("letter", ["e\u0335", "ก็", "a\u0335\u0336\u0337"])
def test_a_cut_leaves_no_letter_without_its_accents(letter: str) -> None:
    for length in range(60, 80):
        cut = clean_name("x" * length + letter * 60)
        body = cut.lstrip("x")
        assert body == letter * (len(body) // len(letter))


@settings(max_examples=repeats(400), deadline=None, database=None)
@given(stems, st.sampled_from([*EXTENSIONS, ".jpg"]), st.text(max_size=300), st.integers(1, 5))
@example("a", ".png", "k" * 500, 5)
@example("w" * 300, ".png", "界" * 500, 5)
def test_a_unique_name_is_legal_and_free(stem: str, ext: str, tag: str, times: int) -> None:
    wanted, taken = clean_name(stem, ext=ext), set[str]()
    names = []
    for _ in range(times):
        name = unique_name(wanted, tag, ext, taken)
        assert_is_legal(name)
        assert bytes_of(name) <= FILE_NAME_BYTES
        assert fold(name) not in taken
        assert fold(name + PART_SUFFIX) not in taken
        taken |= {fold(name), fold(name + PART_SUFFIX)}
        names.append(name)
    assert names[0] == wanted


def test_a_taken_name_gets_the_tag_before_its_extension() -> None:
    wanted = clean_name("image", ext=".jpg")
    assert unique_name(wanted, "17", ".jpg", {"image.jpg"}) == "image (17).jpg"
    assert unique_name(wanted, "17", ".jpg", {"image.jpg", "image (17).jpg"}) == "image (17 2).jpg"
    assert unique_name(clean_name("x", ext=".p/g"), "17", ".p/g", {fold("x.p_g")}) == "x (17).p_g"


def test_a_part_file_is_never_another_files_name() -> None:
    whole, part = clean_name("a"), clean_name("a.part")
    for first, second in ((whole, part), (part, whole)):
        taken = {fold(first), fold(first + PART_SUFFIX)}
        assert not {fold(unique_name(second, "9", "", taken) + end) for end in ("", PART_SUFFIX)} & taken


names_and_tags = st.lists(st.tuples(stems, st.sampled_from([".png", ".PNG", ""])), max_size=12)


@settings(max_examples=repeats(200), deadline=None, database=None)
@given(names_and_tags)
@example([("image", ".jpg"), ("IMAGE", ".jpg"), ("image", ".JPG"), ("ﬁ", ""), ("fi", ""), ("e\u0301", ""), ("é", "")])
@example([("a", ""), ("a.part", ""), ("A.PART", ""), ("a.part.part", ""), ("report.json", ""), ("Report", ".JSON")])
def test_no_two_files_share_a_path_on_any_file_system(files: list[tuple[str, str]]) -> None:
    taken = {fold("report.json")}
    names: list[SafeName] = []
    for number, (stem, ext) in enumerate(files):
        names.append(unique_name(clean_name(stem, ext=ext), str(number), ext, taken))
        taken |= {fold(names[-1]), fold(names[-1] + PART_SUFFIX)}
    paths = [name + end for name in names for end in ("", PART_SUFFIX)] + ["report.json"]
    for same in (
        str,
        lambda path: unicodedata.normalize("NFD", path),
        lambda path: unicodedata.normalize("NFC", path).casefold(),  # APFS, HFS+
        lambda path: "".join(char.upper() if len(char.upper()) == 1 else char for char in path),  # NTFS
    ):
        assert len({same(path) for path in paths}) == len(paths)


@settings(max_examples=repeats(400), deadline=None, database=None)
@given(st.text(max_size=20))
@example("ᾷ")
@example("ßẞſ")
@example("İiIı")
def test_names_that_a_file_system_holds_for_one_fold_alike(text: str) -> None:
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    for other in [*forms, text.upper(), text.lower(), text.casefold(), text.title(), fold(text)]:
        assert fold(other) == fold(text)


@settings(max_examples=repeats(300), deadline=None, database=None)
@given(stems, st.integers(1, 10**18).map(str), stems)
@example("界" * 120, "42", "")
@example("CON", "1", "." * 200)
def test_a_folder_keeps_its_number_however_long_the_rest_is(before: str, number: str, after: str) -> None:
    name = clean_folder_name(before, " " + number, after)
    assert_is_legal(name)
    assert number in name
    assert bytes_of(name) <= FOLDER_NAME_BYTES


def test_names_are_the_same_in_every_process() -> None:
    program = (
        "from threadreel.library.names import clean_name, unique_name, fold\n"
        "names = [clean_name(text, ext='.png') for text in eval(sys.stdin.read())]\n"
        "taken = set(map(fold, names))\n"
        "print(ascii([(name, unique_name(name, '7', '.png', taken)) for name in names]))"
    )
    texts = [*AWKWARD, *("".join(random.Random(seed).choices("aB. é界\u0301", k=150)) for seed in range(20))]
    outputs = {
        subprocess.run(
            child_command(program),
            input=ascii(texts),
            text=True,
            capture_output=True,
            check=True,
            timeout=60,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    names = [clean_name(text, ext=".png") for text in texts]
    taken = set(map(fold, names))
    assert outputs == {ascii([(name, unique_name(name, "7", ".png", taken)) for name in names]) + "\n"}
