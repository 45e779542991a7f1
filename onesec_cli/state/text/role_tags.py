"""Where a text puts on the voice of somebody else: role tags of any bracket style, and turns of a conversation made up."""

from __future__ import annotations

import re
from typing import Final

from onesec_cli.state.wordlists import all_of, filled_from_words, word_set

_WORDS: Final = word_set("marks.tag-words")
_VOICES: Final = word_set("marks.voices")
_SAID: Final = word_set("marks.voice-words")
_tag: list[re.Pattern[str]] = []


def _compile() -> None:
    """What a tag looks like is code: brackets of any style, lines of signs, a beginning and an end. The words in it are lists."""
    word, voice, said = ("|".join(map(re.escape, sorted(some))) for some in (_WORDS, _VOICES, _SAID))
    _tag[:] = [
        re.compile(
            rf"(?:^|[\n\"'>.:]|(?<=[a-z0-9!?)])(?=[#=]{{2,12}}[(\[<]))[ \t]{{0,8}}("
            rf"(?:<[|/<]?|\[{{1,2}}/?|\{{{{[#/^]?|\(\(|【|«)[ \t]{{0,2}}(?:\w{{1,20}}[ _-]){{0,2}}(?:{word})(?![a-z])(?:[ _-]\w{{1,20}}){{0,2}}[ \t]{{0,2}}(?:[|/]?>|\](?![(:\[])|\}}}}|\)\)|】|»)"
            rf"|[#=*~_+-]{{2,12}}[ \t]{{0,2}}[(\[<]?(?:(?:begin|start|end)[ _-](?:of[ _-])?)?(?:the[ _-])?(?:new[ _-])?(?:{voice})[ _-]?(?:{said})\b"
            rf"|(?:begin|start|end)[ _-](?:of[ _-])?(?:the[ _-])?(?:\w{{1,20}}[ _-])?(?:system|admin|developer|operator|override|assistant)[ _-]?(?:message|prompt|instructions?|override|notice|note)?[ \t]{{0,3}}(?:$|[\n:.-])"
            rf"|(?:system|assistant|human|developer)(?:[ _](?:message|prompt|note|override|notice))?[ \t]{{0,2}}:[ \t]{{1,3}}\S+[ \t]\S+[ \t]\S+[ \t]\S"
            rf")",
            re.IGNORECASE,
        )
    ]


filled_from_words(_compile)
ROLE_HINTS: Final = all_of(
    _WORDS, _VOICES, frozenset({"instruction", "prompt", "urgent", "command", "root", "message", "role"})
)
"""Words without which no tag stands in a text."""
# The roles of the protocols themselves, whatever language the text is in.
_JSON_ROLE: Final = re.compile(
    r"[\"']?\brole[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:system|developer)\b[\"']?\s{0,3}[,;\n]\s{0,3}[\"']?(?:content|text|message)\b",
    re.IGNORECASE,
)
_CLOSED: Final = re.compile(
    r"</(?:tool_results?|function_results?|tool_responses?|tool_outputs?|tool_call|observation|untrusted|document|documents|search_results?|context|data|email|webpage)>\s{0,4}\n?\s{0,8}<(?:user|human|system|assistant|instructions?)>",
    re.IGNORECASE,
)
_HEADING: Final = re.compile(
    r"(?:^|(?<=\s))#{1,5}[ \t]{0,2}(system|user|assistant|human|developer|instructions?)\b[ \t]{0,2}:?(?=\s|$)",
    re.IGNORECASE | re.MULTILINE,
)


def role_tags(text: str) -> list[int]:
    """Where a text puts on a false role tag of any bracket style, or makes up a turn."""
    return sorted([match.start(1) for match in _tag[0].finditer(text)][:50] + made_up_turns(text))


def made_up_turns(text: str) -> list[int]:
    """Where a text makes up turns of a conversation: messages as JSON, a result closed and a user opened, headings of roles."""
    found = [match.start() for match in _JSON_ROLE.finditer(text)] if "role" in text else []
    if "</" in text:
        found += [match.start() for match in _CLOSED.finditer(text)]
    if "#" in text:
        headings = list(_HEADING.finditer(text))
        if len({match[1].lower() for match in headings}) > 1:
            found += [match.start() for match in headings]
    return found[:50]
