"""Post HTML becomes plain text, entities are decoded once, and nothing a poster writes is slow or raises."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadreel.sites.markup import decode_entities, plain_text
from threadreel.sites.titles import thread_title


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("", ""),
        ("plain & simple", "plain & simple"),
        ("Tom &amp; Jerry&#039;s &quot;x&quot; &lt;y&gt;", 'Tom & Jerry\'s "x" <y>'),
        ("&#44;&#91;&#x41;", ",[A"),
        ("&amp;lt;", "&lt;"),
        ("&amp;#039;", "&#039;"),
        ("&amp;amp;amp;", "&amp;amp;"),
        ("100&%; &unknown;", "100&%; &unknown;"),
        ("&#00000000039;", "'"),
        ("&#" + "0" * 6000 + "39;", "'"),
        ("&#" + "9" * 6000 + ";", "\ufffd"),
        ("&#x" + "f" * 6000 + ";", "\ufffd"),
        ("&#xD800;", "\ufffd"),
        ("&#0;", "\ufffd"),
    ],
)
def test_entities_are_decoded_once(text: str, decoded: str) -> None:
    assert decode_entities(text) == decoded


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("https://exa<wbr>mple.org/lo<wbr/>ng", "https://example.org/long"),
        ('<a href="#p5" class="quotelink">&gt;&gt;5</a><br><span class="quote">&gt;so</span>', ">>5\n>so"),
        ("<s>hidden</s> <b>bold", "hidden bold"),
        ("a<!-- note -->b", "ab"),
        ("&lt;b&gt;not a tag&lt;/b&gt;", "<b>not a tag</b>"),
        ("&amp;lt;", "&lt;"),
        ("1 < 2 > 0 <3", "1 < 2 > 0 <3"),
        ("<![x <!", "<![x <!"),
        ("<break>", ""),
    ],
)
def test_post_becomes_plain_text(markup: str, text: str) -> None:
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    "unit", ["<", "<a ", '<a x="', "<!--", "<![", "</", "<br", "<wbr ", "&", "&#", "&#1", "<br   "]
)
def test_hostile_post_is_read_in_linear_time(unit: str) -> None:
    # two megabytes: quadratic readers need minutes
    started = time.process_time()
    plain_text(unit * (2_000_000 // len(unit)))
    assert time.process_time() - started < 10


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("<>br w/&#;x0129!-\"'a\r\n")))
def test_any_post_can_be_read(markup: str) -> None:
    assert "\r" not in plain_text(markup)


@pytest.mark.parametrize(
    ("subject", "comment", "slug", "title"),
    [
        ("Tom &amp; Jerry&#039;s", "comment", "slug", "Tom & Jerry's"),
        ("", "first<br>second", "slug", "first"),
        ("  \t ", "<br><br> <b>first</b> line <br>second", "slug", "first line"),
        ("", "", "what-the-slug-says", "what the slug says"),
        ("", "", "", ""),
        ("a\x00b\nc\u2028d\x85e", "", "", "a b c d e"),
        ("\u202eevil\u2066\u200b\ud800", "", "", "evil"),
        ("\u200b", "next", "", "next"),
        ("x" * 500, "", "", "x" * 120),
        ("", "word " * 30, "", "word word word word word word word word word word word word"),
        ("", "w" * 61, "", "w" * 60),
        ("", "w" * 60 + " more", "", "w" * 60),
        ("", "", "a-" * 100, ("a " * 60).rstrip()),
    ],
)
def test_title_is_subject_else_first_line_else_slug(subject: str, comment: str, slug: str, title: str) -> None:
    assert thread_title(subject, comment, slug) == title
