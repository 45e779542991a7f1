"""What the description of a tool tells the model to do, beyond how to use the tool.

Descriptions are read by the model and hardly ever by people. An honest one explains a tool, often in imperatives ("call
list_files first"). A poisoned one speaks of things that are none of the tool's business: secrets of the host, what the
user must not know, other instructions, other people's addresses. Those are the signs; wording alone is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from onesec_cli.model.level import Level
from onesec_cli.state.text.marks import OVERRIDE, marks_of
from onesec_cli.state.text.normal import lay_open
from onesec_cli.state.text.role_tags import role_tags
from onesec_cli.state.text.sentences import words_in
from onesec_cli.state.text.split import sentences

SECRETS, CONCEAL, DIVERT, OVERRULE, HIDDEN = "secrets", "conceal", "divert", "overrule", "hidden"
EXECUTES, OTHER_TOOL, TAGGED, ERRAND = "executes", "other-tool", "tagged", "errand"

MEANINGS: Final = {
    SECRETS: "asks for secrets of the machine it runs on",
    CONCEAL: "wants something kept from the user",
    DIVERT: "sends things elsewhere",
    OVERRULE: "sets other instructions or the user's will aside",
    HIDDEN: "hides text from people",
    EXECUTES: "has something downloaded and run",
    ERRAND: "wants another tool called first",
    OTHER_TOOL: "tells how another server's tool is to be used",
    TAGGED: "puts on a false role tag",
}

MAX_PIECES: Final = 4_000
MAX_DEPTH_STEPS: Final = 20_000
MAX_TEXT: Final = 100_000

_ADDRESSED: Final = re.compile(
    r"\b(?:must|should|shall|always|need(?:s|ed)? to|have to|has to|required?|mandatory|necessary|make sure|ensure|be sure|remember to|"
    r"never forget|don't forget|do not forget|please|first|before|prior to|whenever|when(?:ever)? (?:you|using|calling)|every time|each time|"
    r"otherwise|in order (?:to|for)|you (?:are|will|can|may)|the (?:assistant|model|agent|llm|ai)|llms?|instead|also|additionally|then|after)\b"
    r"|\b(?:debes?|tienes que|hay que|siempre|antes de|musst|müssen|muss|immer|bevor|zuerst|devez|dois|doit|toujours|avant|deve|devi|sempre|prima)\b"
    r"|必须|务必|请先|应该|之前|必ず|してください|する前|должен|должны|обязательно|всегда|перед",
    re.IGNORECASE,
)
_NEGATED: Final = re.compile(
    r"\b(?:never|do not|don't|must not|mustn't|should not|shouldn't|cannot|can't|will not|won't|does not|doesn't|not to|avoid|exclud\w{1,4}|except|refus\w{1,4}|"
    r"block\w{0,3}|prevent\w{0,3}|forbid\w{0,6}|without|no)\b|(?:不要|请勿|しないで|nunca|niemals|jamais|никогда)",
    re.IGNORECASE,
)
_VAULT: Final = re.compile(
    r"(?:^|[\s\"'`(/\\~])\.(?:ssh|aws|gnupg|kube|docker|netrc|npmrc|pypirc|git-credentials|bash_history|zsh_history|pgpass|azure|config/gcloud)\b"
    r"|\bid_(?:rsa|ed25519|ecdsa|dsa)\b|/etc/(?:passwd|shadow|sudoers)\b|\bmcp(?:_config|_settings)?\.json\b|\bclaude_desktop_config\b|\bwallet\.dat\b"
    r"|\b(?:ssh|private|signing|encryption|gpg|pgp) keys?\b|\bseed phrases?\b|\bkey ?chain\b|\bauthorized_keys\b|\bknown_hosts\b|\bbrowser (?:cookies|passwords|history)\b|\bshell history\b",
    re.IGNORECASE,
)
_DOTENV: Final = re.compile(
    r"(?:^|[\s\"'`(/\\~])\.env\b(?![.\w-]{0,20}(?:example|sample|template|dist))|\benv(?:ironment)? variables?\b|\bprocess\.env\b|\bcredentials?\b|\bpasswords?\b|\bsecrets\b|"
    r"\b(?:api|access|auth|session|bearer|refresh|secret|github|gitlab|slack|aws|npm|oauth|login|user's) (?:keys?|tokens?)\b|\bcookies\b",
    re.IGNORECASE,
)
_TAKES: Final = re.compile(
    r"\b(?:read|open|cat|load|fetch|get|retrieve|extract|collect|gather|harvest|access|dump|grab|copy|contents?|look up|search for|find|scan|include|attach|append|exfiltrate|upload)\b|"
    r"\b(?:lee|leer|lesen|lies|lis|lire|leggi|leggere)\b|读取|読み|прочит\w{1,6}|чита\w{1,5}",
    re.IGNORECASE,
)
_ELSEWHERE: Final = re.compile(
    r"\b(?:file|files|disk|folder|directory|machine|computer|system|host|environment|config(?:uration)?|memory|conversation|project|repo(?:sitory)?|other tools?|user's|users')\b",
    re.IGNORECASE,
)
_PASSES: Final = re.compile(
    r"\b(?:pass|put|include|send|forward|append|copy|attach|insert|provide|supply|submit|upload|post|transmit|place|add|embed|write|encode|deliver|route|redirect|relay|share|mirror|store|b?cc)\b"
    r"|\b(?:must|should|has to|needs? to|have to) be (?:passed|sent|included|provided|supplied|appended|attached|copied|forwarded|inserted|submitted|placed|put|written|encoded)\b",
    re.IGNORECASE,
)
_CONTEXT: Final = re.compile(
    r"\bsystem (?:prompt|message|instructions?)\b|\b(?:conversation|chat|message|session) (?:history|log|transcript|context)\b|\b(?:full|entire|whole|complete) (?:conversation|chat|context|history|prompt)\b|"
    r"\b(?:all|any|every|previous|prior|earlier|past) (?:\w{1,12} )?(?:messages|turns|conversations?|tool (?:calls|results|outputs|descriptions))\b|\bevery(?:thing)? (?:the )?user (?:said|says|wrote|typed)\b",
    re.IGNORECASE,
)
_PROMPT: Final = re.compile(
    r"\b(?:your|the (?:model|assistant|agent|llm|ai)'?s?|current) (?:full )?(?:system )?(?:prompt|instructions)\b",
    re.IGNORECASE,
)
_DIVERTS: Final = re.compile(
    r"\b(?:send|forward|b?cc|copy|redirect|route|relay|upload|post|transmit|mirror|deliver|submit|replace|change|set|use|add|include|transfer|pay)\b",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,60}|\bhttps?://[^\s\"'<>)`]{4,300}|\+\d[\d ()-]{7,18}\d|\b0x[0-9a-f]{40}\b|\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b",
    re.IGNORECASE,
)
_REFERS: Final = re.compile(
    r"(?<![.@\w])examples?(?![.@\w])|\b(?:see|docs?|documentation|e\.g|i\.e|for (?:more|details|instance)|learn more|refer(?:ence)?|visit|spec(?:ification)?|default(?:s)?|such as|like|format|support|issues?|bug|schema|must be|should be|localhost|127\.0\.0\.1|(?<![\w-]\.)(?<!@)example\.(?:com|org|net))\b",
    re.IGNORECASE,
)
_EVERY: Final = re.compile(
    r"\b(?:all|every|each|any|always|whenever|whatever|copy of|regardless|real|actual|instead)\b|\bwhen(?:ever)? (?:you )?\w{3,20}(?:ing)?\b",
    re.IGNORECASE,
)
_CONCEALS: Final = re.compile(
    r"\b(?:do not|don't|never|without|avoid|must not|should not|shouldn't|not to|no need to)\b[^.!?]{0,30}?\b(?:tell|telling|mention|mentioning|inform|informing|notify|notifying|reveal|revealing|disclose|disclosing|alert|alerting|explain|explaining|discuss|let|letting|report|reporting|show|showing)\b"
    r"[^.!?]{0,60}?\b(?:users?|human|person|anyone|anybody|customer|operator|developer|them)\b"
    r"|\b(?:do not|don't|never|without|avoid)\b[^.!?]{0,20}?\b(?:mention|mentioning|tell|telling|reveal|revealing|say|saying|disclose|disclosing|announce|announcing)\b[^.!?]{0,20}?\b(?:that you|this|the fact|anything about|the (?:file|step|reading|call|instruction)s?)\b"
    r"|\b(?:hide|conceal|keep)\b[^.!?]{0,40}\b(?:from|secret|hidden|confidential|to yourself)\b[^.!?]{0,20}(?:\busers?\b|\bhuman\b|$|[.,;])"
    r"|\busers? (?:must|should|does|do|need|will) (?:not|never)\b[^.!?]{0,20}\b(?:know|see|notice|be (?:told|informed|aware|notified|shown))"
    r"|\bno (?:le |se lo )?(?:digas|diga|menciones|informes|muestres)\b[^.!?]{0,40}\busuario|\b(?:nicht|niemals)\b[^.!?]{0,40}\b(?:Nutzer|Benutzer|Anwender)|\b(?:Nutzer|Benutzer|Anwender)\b[^.!?]{0,40}\bnicht\b[^.!?]{0,20}\b(?:sag|mitteil|erwähn|inform|wiss)\w{0,5}"
    r"|\bne\b[^.!?]{0,12}\b(?:dites|mentionnez|dis|informez)\b[^.!?]{0,40}\butilisateur|不要告诉用户|不要让用户|ユーザー(?:に|には)?[^。]{0,10}(?:言わない|知らせない|伝えない)|не (?:сообщай|говори|упоминай)\w{0,3}[^.!?]{0,40}пользовател",
    re.IGNORECASE,
)
_OWN_OUTPUT: Final = re.compile(
    r"\b(?:raw|json|id|ids|identifiers?|internal|token|tokens|password|secret|secrets|key|keys|stack ?traces?|html|xml|output format|implementation|technical|debug|sensitive|personal|other users?)\b",
    re.IGNORECASE,
)
_OVERRULES: Final = re.compile(
    r"\b(?:regardless of|even if|no matter what|despite what|whatever)\b[^.!?]{0,20}\b(?:the )?(?:user|human|operator)\b[^.!?]{0,30}\b(?:says?|said|asks?|asked|wants?|objects?|refuses?|instruct\w{0,4}|requests?|tells?|declines?)\b"
    r"|\b(?:takes?|has|have) (?:precedence|priority) over\b[^.!?]{0,40}\b(?:instructions?|rules?|system|users?|prompts?|guidelines|policy|policies)\b"
    r"|\b(?:ignore|disregard|bypass|override|overrule|skip)\b[^.!?]{0,30}\b(?:the )?(?:user'?s?|operator'?s?|safety|security|approval|confirmation|permission)\b[^.!?]{0,30}(?:\b(?:instructions?|rules?|requests?|wish(?:es)?|prompts?|checks?|polic(?:y|ies)|steps?|guidelines)\b|[.!]|$)"
    r"|\bwithout (?:asking|requesting|waiting for|seeking)\b[^.!?]{0,30}\b(?:user|permission|confirmation|approval|consent)\b",
    re.IGNORECASE,
)
_INTERPLAY: Final = re.compile(
    r"\b(?:instead of|rather than|do not (?:use|call)|don't (?:use|call)|never (?:use|call)|must (?:not )?(?:be )?(?:call|use)d?|when(?:ever)? (?:using|calling|you (?:use|call))|when(?:ever)? [^.!?]{1,80} (?:is|are|gets?) (?:called|used|invoked|available|run)|before (?:using|calling|any call)|every|after (?:using|calling)|is (?:broken|deprecated|unsafe|insecure|disabled)|replaces?|overrid\w{1,4}|always)\b",
    re.IGNORECASE,
)
_EXECUTES: Final = re.compile(
    r"\b(?:curl|wget|iwr|invoke-webrequest|fetch)\b[^|\n]{1,300}\|\s{0,4}(?:sudo )?(?:ba|z|da)?sh\b|\|\s{0,4}python3?\b"
    r"|\b(?:download|fetch|curl|wget|get)\b[^!?\n]{0,160}\b(?:script|binary|executable|payload|installer|program)\b[^!?\n]{0,200}\b(?:run|execute|launch|eval|chmod)\b|\bbase64 (?:-d|--decode)\b[^\n]{0,80}\|",
    re.IGNORECASE,
)
_ERRAND: Final = re.compile(
    r"\b(?:must|should|always|need to|have to|required?|first|before|after|whenever)\b[^.!?]{0,80}\b(?:call|invoke|run|execute|use|trigger)\b[^.!?]{0,40}\b(?:tools?|functions?|commands?|[a-z]{2,30}_[a-z_]{2,40})\b"
    r"|\b(?:call|invoke|run|execute|use|trigger)\b[^.!?]{0,60}\b(?:first|before|afterwards|beforehand|every time|each time)\b",
    re.IGNORECASE,
)
_WRAPPED: Final = re.compile(r"(?<![.:!?>\n])\n[ \t]*(?=[^\s*#<>|+\d-])")
"""A line break inside a sentence."""
_CLAIM: Final = re.compile(r"\b(?:was|were|has been|have been|is|are|succeeded|failed)\b", re.IGNORECASE)
_THIS: Final = re.compile(
    r"\b(?:this|that you|these|it|your|the (?:file|tool|step|call|instruction|reason|content)s?)\b", re.IGNORECASE
)
_MEDDLES: Final = re.compile(
    r"\b(?:add|append|include|set|change|replace|recipients?|b?cc|parameters?|arguments?|addresse?s?|modify|alter|prefix|redirect|route|broken|unsafe|insecure|disabled|"
    r"do not (?:use|call)|don't (?:use|call)|never (?:use|call))\b",
    re.IGNORECASE,
)
_DEMANDS: Final = re.compile(
    r"\b(?:tools?|must|always|never|when(?:ever)?|every|each|all|do not|don't)\b", re.IGNORECASE
)
_NAME: Final = re.compile(r"[A-Za-z][\w-]{3,63}")
_ESCAPES: Final = re.compile("\x1b\\[|\x9b|\\\\x1b\\[|\\\\u001b\\[")
_BLANK: Final = re.compile(r"\s{40,}")
_ASKING_NAMES: Final = re.compile(
    r"(?:^|_)(?:id_rsa|ssh_(?:private_)?key(?:_content)?s?|private_key_content|env_(?:file_)?contents?|dotenv|etc_passwd|mcp_json|system_prompt_(?:content|text)|content_from_reading\w{0,60}|conversation_history|chat_history|all_tool_(?:names|descriptions)|tools_list)(?:_|$)"
)


class Sign(Struct, frozen=True):
    """Something in a description that does not belong there."""

    kind: str
    quote: str
    strong: bool = True
    """Whether it counts by itself."""


def signs(description: str, title: str, schema: Any, foreign: dict[str, str]) -> list[Sign]:
    """The signs of one tool; `foreign` holds names of tools of other servers, and theirs."""
    found: list[Sign] = []
    for text in (title, description, *_texts(schema)):
        if text:
            found += _of_text(text[:MAX_TEXT], foreign)
    for name in _names(schema):
        if _ASKING_NAMES.search(name.lower()):
            hard = any(word in name.lower() for word in ("rsa", "ssh", "passwd", "mcp_json", "env", "private"))
            found.append(Sign(SECRETS if hard else DIVERT, f"a parameter named {name[:80]}", strong=hard))
    return list({(one.kind, one.quote): one for one in found}.values())


def _of_text(text: str, foreign: dict[str, str]) -> Iterator[Sign]:
    laid = lay_open(text)
    inner = list(_said(laid.visible, foreign))
    yield from inner
    for hidden in laid.hidden:
        within = list(_said(hidden.text, foreign))
        yield from within
        invisible = hidden.way in ("tag characters", "variation selectors")
        if (
            within
            or (invisible and len(hidden.text) >= 8)
            or (hidden.way == "a concealed element" and len(hidden.text) > 20)
        ):
            yield Sign(HIDDEN, f"{hidden.way}: {_short(hidden.text)}")
    if laid.disguised:
        yield Sign(HIDDEN, "invisible characters between the letters", strong=bool(inner))
    if _ESCAPES.search(text):
        yield Sign(HIDDEN, "terminal control sequences")
    aside = next((run.end() for run in _BLANK.finditer(text) if run[0].count("\n") >= 24 or len(run[0]) >= 120), 0)
    if text[aside:].strip() and aside:
        orders = any(True for _ in _said(text[aside:], foreign))
        yield Sign(HIDDEN, f"text pushed out of sight: {_short(text[aside:])}", strong=orders)
    if role_tags(text):
        yield Sign(TAGGED, _short(text[role_tags(text)[0] :], 60).strip(), strong=False)


def _said(text: str, foreign: dict[str, str]) -> Iterator[Sign]:
    """Signs in sentences; what an order is about may stand in the sentence before."""
    before = ""
    for piece in sentences(_WRAPPED.sub(" ", text)):
        sentence = piece.text
        for sign in _of_sentence(sentence, before, foreign):
            yield Sign(sign.kind, _short(sentence), sign.strong)
        before = sentence


def _of_sentence(text: str, before: str, foreign: dict[str, str]) -> Iterator[Sign]:
    addressed = bool(_ADDRESSED.search(text))
    secret = _secret(text)
    if secret and (addressed or _PASSES.search(text)):
        yield Sign(SECRETS, "", strong=secret == 2)
    if _diverted(text):
        yield Sign(DIVERT, "")
    elif (
        addressed
        and _PASSES.search(text)
        and (_CONTEXT.search(text) or _PROMPT.search(text))
        and not _NEGATED.search(text)
    ):
        yield Sign(DIVERT, "", strong=bool(_PROMPT.search(text)))
    concealed = _CONCEALS.search(text)
    if concealed is not None:
        after = text[concealed.end() :]
        told, this = _CLAIM.search(after), _THIS.search(after)
        claim = told is not None and (this is None or told.start() < this.start())
        yield Sign(CONCEAL, "", strong=not claim and not _OWN_OUTPUT.search(text))
    if _OVERRULES.search(text) or OVERRIDE in marks_of(text, words_in(text)[1]):
        yield Sign(OVERRULE, "")
    if addressed and _EXECUTES.search(text) and not _NEGATED.search(text):
        yield Sign(EXECUTES, "")
    if _ERRAND.search(text):
        yield Sign(ERRAND, "", strong=False)
    if foreign and (_INTERPLAY.search(text) or _INTERPLAY.search(before)):
        name = next((one for one in _NAME.findall(text) if one in foreign), "")
        if name:
            yield Sign(OTHER_TOOL, "", strong=_meddles(text, before))


def _meddles(text: str, before: str) -> bool:
    """Whether a sentence tells how another tool is to be called, and not just which one to prefer."""
    return bool(
        (_INTERPLAY.search(text) or _INTERPLAY.search(before)) and _MEDDLES.search(text) and _DEMANDS.search(text)
    )


def meddled(text: str) -> list[str]:
    """Names, as tools have them, whose use a description tells how to change; whose they are may show later."""
    found: dict[str, bool] = {}
    before = ""
    for piece in sentences(_WRAPPED.sub(" ", lay_open(text[:MAX_TEXT]).visible)):
        if _meddles(piece.text, before):
            for name in _NAME.findall(piece.text):
                if "_" in name.strip("_") or (any(char.isupper() for char in name[1:]) and not name.isupper()):
                    found[name] = True
        before = piece.text
    return list(found)[:32]


def _secret(text: str) -> int:
    """How clearly a sentence asks to take secrets: 2 for vaults of the host, 1 for what may be the tool's own business."""
    takes = _TAKES.search(text)
    if takes is None:
        return 0
    vault = _VAULT.search(text)
    negated = _NEGATED.search(text)
    if negated is not None and negated.start() < max(takes.start(), vault.start() if vault else 0):
        return 0
    if vault is not None:
        return 2
    return 1 if _DOTENV.search(text) and _ELSEWHERE.search(text) else 0


def _diverted(text: str) -> bool:
    """Whether a sentence sends things to a fixed address."""
    address = _ADDRESS.search(text)
    if address is None or _REFERS.search(text) or not _DIVERTS.search(text):
        return False
    negated = _NEGATED.search(text)
    return bool(_EVERY.search(text)) and (negated is None or negated.start() > address.start())


def _short(text: str, most: int = 200) -> str:
    return " ".join(text[: 4 * most].split())[:most]


def _texts(schema: Any) -> list[str]:
    """Every text in a schema that is written for the reader: descriptions, titles, defaults, examples, values."""
    found: list[str] = []
    waiting = [schema]
    steps = 0
    while waiting and len(found) < MAX_PIECES and steps < MAX_DEPTH_STEPS:
        one = waiting.pop()
        steps += 1
        if isinstance(one, str):
            if len(one) > 12:
                found.append(one)
        elif isinstance(one, dict):
            waiting.extend(reversed(one.values()))
        elif isinstance(one, list):
            waiting.extend(reversed(one))
    return found


def _names(schema: Any) -> list[str]:
    """The names of the parameters of a schema."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return [str(name)[:200] for name in list(properties)[:MAX_PIECES]] if isinstance(properties, dict) else []


def level_of(found: list[Sign], server: str) -> Level | None:
    """How bad the signs of one description are together; None where they are within honest use."""
    strong = {one.kind for one in found if one.strong}
    kinds = {one.kind for one in found}
    grave = kinds & {SECRETS, DIVERT, OVERRULE, EXECUTES, CONCEAL, HIDDEN}
    if len(strong & {SECRETS, DIVERT, OVERRULE, EXECUTES, CONCEAL, HIDDEN, OTHER_TOOL}) >= 2 or (
        CONCEAL in strong and kinds & {SECRETS, DIVERT, EXECUTES}
    ):
        return Level.critical
    if strong & {SECRETS, EXECUTES, HIDDEN} or DIVERT in strong or (CONCEAL in strong and ERRAND in kinds):
        return Level.high
    if strong & {OVERRULE, CONCEAL, OTHER_TOOL} or kinds & {SECRETS, DIVERT, HIDDEN}:
        return (Level.medium if server else Level.low).raised(1 if TAGGED in kinds and grave else 0)
    return None
