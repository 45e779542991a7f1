"""What a conversation has read, and whether something that leaves it was among that.

A fold over one conversation: results and memories are kept as text up to a stated size, the oldest forgotten first; they are only
searched when something goes to a place that nobody named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.call.calls import folded_of
from onesec_cli.state.instruction.asked import Asked
from onesec_cli.state.text.hosts import host_of, within
from onesec_cli.state.text.normal import decoded, fold
from onesec_cli.state.text.plain import text_of
from onesec_cli.state.text.reading import read
from onesec_cli.state.text.secrets import Secret, compact, found_in, pieces, secrets_in
from onesec_cli.state.text.tools import words_of
from onesec_cli.state.text.values import find_values
from onesec_cli.state.wordlists import remembered, word_set

MAX_TEXT: Final = 32_768
"""Characters of one result that are kept."""
MAX_KEPT: Final = 400_000
"""Characters of all results of one conversation that are kept."""
MAX_READS: Final = 2_000
"""Results of one conversation that are kept."""
MAX_SECRETS: Final = 2_000
"""Secrets of one conversation that are looked for in what leaves, the last ones that were read."""
MAX_OPEN: Final = 200
RUN: Final = 8
"""Words in a row that nobody writes twice by chance."""
MAX_ANCHORS: Final = 12
MAX_SENT: Final = 8_192
"""Characters sent to one place that are remembered, so that a value sent in pieces is found."""
MAX_PLACES: Final = 60

_PUBLIC: Final = word_set("tools.public")
_WORDS: Final = re.compile(r"[^\W_]+")

NAMED, TRUSTED, TOLD, KNOWN, UNSEEN = "named", "trusted", "told", "known", "unseen"
"""Standing of a place: a person named it, the policy trusts it, a text that was read told the agent to use it, a text mentions it, nothing does."""


class Read(Struct):
    """One text that was read."""

    text: str
    low: str
    """The same, folded."""
    tool: str
    evidence: Evidence
    public: bool
    """Whether anybody could have read it."""
    said: str
    """What it was asked with, folded: hosts, paths, repositories."""
    secrets: list[Secret] | None = None
    """Looked for when first needed."""


class Match(Struct, frozen=True):
    """Something that was read and now leaves."""

    kind: str
    """`secret`, `private` or `value`."""
    what: str
    piece: str
    way: str
    """How it is written where it leaves."""
    source: Read


class Carried(Struct):
    """One conversation."""

    tells: ClassVar[Tells] = (
        Tell("waiting.*", "the call {0} has no answer yet"),
        Tell("sent.*", "text was sent to {0}"),
        Tell("forgotten", "texts that were given up to stay within bounds: {value}"),
        Tell("reads", "what the agent read is remembered, to know it again where it leaves"),
        Tell("kept", ""),
    )

    asked: Asked = field(default_factory=Asked)
    reads: list[Read] = field(default_factory=list)
    kept: int = 0
    forgotten: int = 0
    waiting: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Call id to tool and arguments."""
    sent: dict[str, str] = field(default_factory=dict)
    """Place to the letters and digits sent there so far."""

    def call(self, event: Event) -> None:
        """Remember what a call asked for, until its result comes."""
        key = text_of(event, "call")
        if key and len(self.waiting) < MAX_OPEN:
            self.waiting[key] = (event.tool, folded_of(event))

    def result(self, event: Event, trusted_tools: tuple[str, ...]) -> None:
        """Remember what was read."""
        text = text_of(event)
        tool, said = self.waiting.pop(text_of(event, "call"), (event.tool, ""))
        tool = tool or event.tool
        if not text:
            return
        if tool in trusted_tools:
            self.asked.take(text)
        kept = text[:MAX_TEXT]
        self.reads.append(Read(kept, fold(kept), tool, event.cite("where it was read"), is_public(tool, said), said))
        self.kept += len(kept)
        while (self.kept > MAX_KEPT or len(self.reads) > MAX_READS) and len(self.reads) > 1:
            self.kept -= len(self.reads.pop(0).text)
            self.forgotten += 1

    def standing(self, to: str, address: str, trusted: tuple[str, ...]) -> tuple[str, Read | None]:
        """What is known of a place, and the text that speaks of it."""
        host = host_of(to) or (to.rpartition("@")[2] if "@" in to else "")
        low = address.lower()
        if (host and within(host, trusted)) or any(
            one.lower() in (to, low) or (low and low.startswith(one.lower())) for one in trusted
        ):
            return TRUSTED, None
        if self.asked.says(_names_of(to, host)) == "asked":
            return NAMED, None
        mentions = [one for one in self.reads if to in one.low]
        for one in mentions:
            said = read(one.text)
            if any(line.marked for line in said.instructions) or any(
                to in fold(line.text) for line in said.instructions
            ):
                return TOLD, one
        return (KNOWN, mentions[0]) if mentions else (UNSEEN, None)

    def verbatim(self, address: str) -> bool:
        """Whether a whole address was given by a person or stood in something that was read."""
        return self.asked.says([address]) != "" or any(address in one.text for one in self.reads)

    def leaves(self, texts: Iterable[str], to: str) -> list[Match]:
        """What of all that was read stands in the texts: secrets in any spelling, long runs of words, values that name somebody."""
        whole = "\n".join(texts)[:MAX_TEXT]
        packed, hidden = _unpacked(whole)
        to = site_of(to)
        before = self.sent.get(to, "")
        found = self._secrets(packed, before)
        if to in self.sent or len(self.sent) < MAX_PLACES:
            self.sent[to] = (before + packed)[-MAX_SENT:]
        for way, text in (("", whole), *(("encoded", one) for one in hidden)):
            found += self._runs(text, way)
        return found or self._values("\n".join([whole, *hidden]))

    def _secrets(self, packed: str, before: str) -> list[Match]:
        found = []
        held = list(self._held())
        if not held:
            return []
        now, ago, both = pieces(packed), pieces(before), pieces(before + packed) if before else frozenset()
        for one, secret in held:
            way = found_in(secret, packed, now)
            if not way and before and not found_in(secret, before, ago):
                way = found_in(secret, before + packed, both)
                way += ", over several calls" if way else ""
            if way:
                found.append(Match("secret", secret.kind, secret.text, "" if way == "as it is" else way, one))
        return found

    def _held(self) -> Iterator[tuple[Read, Secret]]:
        """The last secrets that were read, in the order they were read in."""
        first, count = len(self.reads), 0
        while first and count < MAX_SECRETS:
            first -= 1
            one = self.reads[first]
            if one.secrets is None:
                one.secrets = list(secrets_in(one.text))
            count += len(one.secrets)
        for one in self.reads[first:]:
            for secret in one.secrets or ():
                yield one, secret

    def _runs(self, text: str, way: str) -> list[Match]:
        runs, anchors = _told_in(text)
        found: list[Match] = []
        for one in self.reads if runs else ():
            if one.public or sum([word in one.low for word in anchors]) * 4 < len(anchors):
                continue
            shared = next((run for run in _ordered(one.text) if run in runs), None)
            if shared is not None and not self._asked_for(shared):
                found.append(Match("private", "", " ".join(shared), way, one))
        return found

    def _asked_for(self, run: tuple[str, ...]) -> bool:
        """Whether a person wrote these words, so that they are the person's and not what was read."""
        said = " ".join(run)
        return any(said in " ".join(words_in(text)) for text in self.asked.texts)

    def _values(self, text: str) -> list[Match]:
        values = [
            value.text
            for value in find_values(text)
            if value.kind in ("email", "iban", "wallet") or (value.kind == "phone" and len(value.text) > 9)
        ]
        return [
            Match("value", "a value", value, "", one)
            for value in dict.fromkeys(values)
            if self.asked.says([value]) == ""
            for one in [next((one for one in self.reads if not one.public and value in one.low), None)]
            if one is not None
        ]


def site_of(to: str) -> str:
    """The domain under which somebody can make any number of hosts."""
    labels = to.split(".")
    short = len(labels) >= 3 and len(labels[-2]) <= 3 and len(labels[-1]) == 2
    return ".".join(labels[-3 if short else -2 :]) if "@" not in to else to


def is_public(tool: str, said: str) -> bool:
    """Whether what a tool gives back is open to anybody: pages of the web, searches, forecasts."""
    words = set(words_of(tool))
    return bool(words & _PUBLIC) or ("fetch" in words and "://" in said)


def words_in(text: str) -> tuple[str, ...]:
    """The words of a text, folded."""
    return tuple(_WORDS.findall(fold(text)))


@remembered(512)
def _unpacked(whole: str) -> tuple[str, tuple[str, ...]]:
    """Letters and digits alone of what leaves, and what it carries encoded."""
    return compact(whole).lower(), decoded(whole)


@remembered(512)
def _told_in(text: str) -> tuple[frozenset[tuple[str, ...]], tuple[str, ...]]:
    """The runs of words of a text that say something, and the words by which a text that shares one is known."""
    words = words_in(text)
    if len(words) < RUN:
        return frozenset(), ()
    anchors = sorted({word for word in words if len(word) >= 6}, key=lambda word: (-len(word), word))
    return runs_of(words), tuple(anchors[:MAX_ANCHORS])


@remembered(256)
def _ordered(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(_windows(words_in(text)))


def _windows(words: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    return zip(*(words[at:] for at in range(RUN)), strict=False)


def runs_of(words: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """Runs of words that say something: not all short, not one word again and again."""
    return frozenset(
        run for run in _windows(words) if len(set(run)) > RUN // 2 and sum(len(word) > 3 for word in run) >= 3
    )


def _names_of(to: str, host: str) -> list[str]:
    """What a person who means a place says: the address, its domain, the name before the `@`, the name of the site."""
    names = [to]
    if "@" in to:
        names += [part for part in re.split(r"[._+-]", to.partition("@")[0]) if len(part) >= 3 and not part.isdigit()]
    if "." in host:
        labels = host.split(".")
        names += [".".join(labels[at:]) for at in range(1, len(labels) - 1)]
        site = labels[-3] if len(labels) >= 3 and len(labels[-2]) <= 3 else labels[-2]
        names += [host, *([site] if len(site) >= 4 else [])]
    return names
