"""Words of doing, in families: what kind of act a verb asks for, and what kind of act a tool is.

Synonym families of everyday and software English. The table decides nothing alone: a word it lacks is still a verb after a
word of request (`sentences.py`), and a tool it lacks is still known by the nouns it shares with an instruction.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

READ: Final = "read"
SEND: Final = "send"
PAY: Final = "pay"
DELETE: Final = "delete"
CHANGE: Final = "change"
CREATE: Final = "create"
RUN: Final = "run"
GRANT: Final = "grant"
BOOK: Final = "book"
OPEN: Final = "open"
LOGIN: Final = "login"
OTHER: Final = "other"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FAMILIES: Final[dict[str, str]] = {
    READ: "play listen stream read get fetch list search find lookup look view show check retrieve query browse describe inspect count summarize summarise analyze analyse compare "
    "calculate compute translate explain extract examine verify validate review scan grep glob print display see know identify determine obtain collect gather "
    "load watch monitor track estimate locate discover test lint evaluate consult peek preview diff tail head stat",
    SEND: "dial vote rate page resend brief mailshot send email mail message reply forward post publish share notify tell inform announce submit upload dm text tweet broadcast transmit contact respond answer "
    "report deliver dispatch relay comment invite ask ping write disclose leak reveal expose exfiltrate pass communicate alert remind thank mention advertise "
    "recommend promote escalate copy cc bcc fax call phone dial",
    PAY: "disburse compensate pledge bid lend loan acquire liquidate repurchase top-up pay transfer wire refund purchase buy order donate settle reimburse withdraw deposit remit tip fund spend subscribe invoice charge bill trade sell exchange "
    "invest credit debit checkout stake swap redeem repay",
    DELETE: "eliminate expel kick evict retire decommission dismantle disband abort prune flush rescind annul nullify scrub undo offboard delete remove erase drop clear purge wipe destroy cancel revoke uninstall unsubscribe terminate discard trash archive empty unlink truncate kill shred "
    "deregister deactivate expunge withdraw void unpublish delist",
    CHANGE: "prescribe administer follow unfollow demote bump reject decline deny refuse postpone defer delay shift override reassign reroute suspend freeze unfreeze restore revert tweak reprogram reconfigure classify reclassify flag hide unhide retitle relabel scale throttle snooze silence unmute quarantine calibrate boost substitute reprice reallocate rearrange reorganize reorganise reorder reopen change update set modify edit alter replace reset rename move adjust configure enable disable activate turn switch toggle patch amend overwrite "
    "reschedule mark correct fix convert lower raise increase decrease extend reduce adapt rewrite refactor format merge rebase rotate lock close pause resume stop "
    "start restart mute block ban upgrade downgrade migrate sort tag label assign redirect point customise customize apply import optimize optimise control dim arm "
    "disarm adjust transform append insert prepend sync attach bind associate manipulate operate",
    CREATE: "publish provision instantiate author mint recreate regenerate republish reissue resubmit reupload create add make generate draft compose insert save store record register open build produce prepare log note compile initiate init scaffold "
    "implement establish launch setup enroll enrol sign join clone fork commit push tag duplicate place issue file new put schedule remember memorize memorise pin",
    RUN: "reboot spawn redeploy reinstall rerun boot run execute exec eval invoke bash shell terminal install deploy download curl wget sudo compile start launch python node npm pip apply trigger perform "
    "command script call source chmod",
    GRANT: "publicise publicize bind empower exempt waive onboard reinstate reactivate reinvite entrust grant allow permit authorize authorise approve unlock add invite share assign promote delegate give whitelist allowlist enable open accept admit expose "
    "elevate entitle unblock trust",
    BOOK: "rebook book reserve schedule appoint arrange plan organize organise rent hire reservation booking",
    OPEN: "open visit navigate browse goto go click follow access request download fetch load redirect connect",
    LOGIN: "login signin authenticate log sign reauthenticate",
}

_NOUNS: Final[dict[str, str]] = {
    SEND: "message messages mail mails email emails notification invitation invitations reply response announcement newsletter",
    PAY: "payment payments transaction transactions transfer transfers money refund purchase donation invoice rent funds bill bills subscription order orders",
    CREATE: "event events appointment appointments meeting meetings note notes draft ticket issue entry reminder file calendar playlist account",
    CHANGE: "update change settings password address profile adjustment configuration",
    DELETE: "deletion removal cancellation cancelation",
    BOOK: "reservation booking appointment trip travel hotel flight stay room table ticket tickets rental itinerary",
    RUN: "command script program installation deployment build",
    GRANT: "permission permissions access role invitation collaborator",
}
"""Nouns by which a person asks for an act: "make a payment"."""

STATE_CHANGING: Final = frozenset({SEND, PAY, DELETE, CHANGE, CREATE, RUN, GRANT, BOOK})
OUTWARD: Final = frozenset({SEND, PAY, GRANT})
"""Acts that hand something to somebody."""

_ALIKE: Final[dict[str, frozenset[str]]] = {
    SEND: frozenset({SEND, PAY, GRANT, CREATE}),
    PAY: frozenset({PAY, SEND, CREATE, BOOK}),
    DELETE: frozenset({DELETE, CHANGE}),
    CHANGE: frozenset({CHANGE, DELETE, CREATE, GRANT}),
    CREATE: frozenset({CREATE, CHANGE, BOOK, SEND, GRANT}),
    RUN: frozenset({RUN, OPEN, CREATE}),
    GRANT: frozenset({GRANT, CREATE, CHANGE, SEND}),
    BOOK: frozenset({BOOK, CREATE, PAY}),
    OPEN: frozenset({OPEN, READ, RUN}),
    READ: frozenset({READ, OPEN}),
    LOGIN: frozenset({LOGIN}),
}

VERBS: Final[dict[str, frozenset[str]]] = {}
DEEDS: Final[dict[str, frozenset[str]]] = {}
"""Stems of nouns of acts, to their kinds."""
ACTS: Final[dict[str, frozenset[str]]] = {}
"""Stems of verbs and of nouns of acts, to their kinds: how a person's wish is read, generously."""

HOMOGRAPHS: Final = _set(
    "access account act address alert answer archive bill block book build call change charge check clear clone close comment commit compile contact "
    "control copy count credit debit deposit diff dispatch display document download draft drop email exchange exec extract fax file fix follow format fork "
    "fund grant head hire import insert install invite invoice issue label launch lint list load lock log look mail map mark mention merge message monitor "
    "move new node note open order pass patch pause permit phone pin ping place plan point post preview print process program promote purchase push put "
    "python query read record redirect refund release remind rent reply report request reserve reset respond review run sale save scan schedule script "
    "search sell set setup share shell show sign source spend stake start stat stop store submit subscribe support swap switch sync table tag tail text "
    "ticket tip toggle track trade transfer trash trigger trust turn tweet update upgrade upload view visit void watch wire withdraw write restart resume "
    "complete register redeem subject bid loan kick retire delay shift override decline flag scale boost author mint boot brief freeze bind hide silence "
    "substitute quarantine prune reorder undo rate page"
)
"""Words at the start of a line that are as often a noun, a label or a heading: they need an object after them."""

_SUFFIXES: Final = (
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ions",
    "ion",
    "ies",
    "ied",
    "ers",
    "er",
    "es",
    "ed",
    "s",
    "e",
    "y",
)


_IRREGULAR: Final[dict[str, str]] = {
    word: plain
    for plain, words in {
        "send": "sent",
        "pay": "paid",
        "buy": "bought",
        "make": "made",
        "write": "wrote written",
        "tell": "told",
        "give": "gave given",
        "sell": "sold",
        "spend": "spent",
        "withdraw": "withdrew",
        "run": "ran",
        "build": "built",
        "find": "found",
        "get": "got",
        "show": "shown",
        "choose": "chose",
        "mail": "mails",
        "email": "emails e-mail e-mails e-mailed",
        "dm": "dms",
        "text": "sms",
        "delete": "rm del",
        "move": "mv",
        "copy": "cp",
        "list": "ls",
        "read": "cat",
        "message": "msg msgs",
        "directory": "dir",
        "command": "cmd",
        "transaction": "txn",
    }.items()
    for word in words.split()
}  # fmt: skip


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A word without its ending, so that `sent`, `transfers` and `reservation` meet their verbs."""
    word = _IRREGULAR.get(word, word)
    if len(word) <= 3:
        return word
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word.rstrip("e") if len(word) > 3 else word


_SAME: Final = (
    "email mail inbox mailbox", "message dm chat", "money fund cash payment transaction pay transfer", "reservation book booking", "event meeting appointment calendar",
    "file document doc attachment", "webpage url link website page web site", "access guest permission entry", "password passwd passcode", "folder directory",
    "home house apartment", "door lock unlock gate", "user member person people employee participant attendee", "contact friend", "trip travel journey", "picture photo image", "note memo", "heating temperature thermostat climate", "admin administrator", "namespace ns", "repository repo", "pr pull",
)  # fmt: skip
_MEANING: Final[dict[str, str]] = {stem(word): stem(group.split()[0]) for group in _SAME for word in group.split()}


def meaning(word: str) -> str:
    """The stem of a word, or of the plainest word that says the same."""
    root = stem(word)
    return _MEANING.get(root, root)


def _learn(table: dict[str, frozenset[str]], families: dict[str, str]) -> None:
    for kind, words in families.items():
        for word in words.split():
            table[stem(word)] = table.get(stem(word), frozenset()) | {kind}


_learn(VERBS, FAMILIES)
ACTS.update(VERBS)
_learn(ACTS, _NOUNS)
_learn(DEEDS, _NOUNS)

BASE: Final = frozenset(word for words in FAMILIES.values() for word in words.split()) - {
    "new",
    "head",
    "tail",
    "stat",
    "node",
    "python",
    "look",
    "reservation",
    "booking",
}
"""Verbs as they begin an instruction."""


def kinds_of(word: str) -> frozenset[str]:
    """The kinds of act a word of an instruction asks for."""
    return VERBS.get(stem(word), frozenset())


def alike(wanted: frozenset[str], done: str) -> bool:
    """Whether an instruction of these kinds fits an act of this kind."""
    return not wanted or OTHER in wanted or not wanted.isdisjoint(_ALIKE.get(done, frozenset({done})))
