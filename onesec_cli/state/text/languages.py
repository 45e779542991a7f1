"""Orders in languages other than English: words of request, and the beginnings of everyday verbs, by kind of act.

No grammar: a word of request, or a verb of these families, makes a sentence an order. What such an order is worth is decided by
where values came from. Latin and Cyrillic words are known by how they begin, scripts without spaces by what they contain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from onesec_cli.state.text.marks import ADDRESS, AUTHORITY, ERRAND, OVERRIDE, SECRECY
from onesec_cli.state.text.verbs import BASE, BOOK, CHANGE, CREATE, DELETE, GRANT, OPEN, PAY, READ, RUN, SEND


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_REQUESTS: Final = frozenset(
    _words(
        "bitte veuillez svp plaît favor favore cortesia alstublieft alsjeblieft gelieve proszę prosimy пожалуйста прошу просим lütfen vänligen venligst vennligst يرجى فضلك कृपया tolong mohon vui xin prosím kérem kérjük παρακαλώ בבקשה ласка muss müssen soll sollen doit doivent devez debe deben deve devono devem moet moeten należy musi должен должны необходимо нужно надо gerekir"
    )
)
_BEGINNINGS: Final[dict[str, str]] = {
    SEND: "send schick leite leiten versend verschick übermittel weiterleit antwort envoy envoi transmet expédi répond partag enví envi mand reenví reenvi invia invii inviar inviat comparti compart inoltr "
    "rispond condivid encaminh compartilh stuur verstuur zend verzend doorstur wyśl prześl przeka отправ пришл перешл сообщ gönder ilet ارسل أرسل skicka",
    PAY: "überweis zahl bezahl transferier kauf bestell virer virez virement paye payez verse versez achet transfi transfer transfér pague pagar paga compra "
    "bonific trasfer acquist betaal overmak przelej zapła перевед перевест оплат заплат ödey ödem havale betala",
    DELETE: "lösch entfern stornier kündig supprim efface annule elimin borra borre cancela cancell suprim exclua excluir apagu apaga remova verwijder annuleer usuń "
    "skasuj anuluj удал отмен silin kaldır iptal احذف radera",
    CHANGE: "änder aktualisier ersetz modifi remplac changez cambi actualiz reemplaz aggiorn altere alterar mude atualiz wijzig verander zmień zaktualiz измен обнов "
    "смен değiştir güncelle ändra",
    CREATE: "erstell anleg schreib hinzufüg crée créez créer ajout écriv crea cree agreg añad escrib aggiung scriv crie criar adicion escrev voeg utwórz dodaj созда добав "
    "oluştur ekle skapa",
    BOOK: "buche buchen bucht reservier réserv reserv prenot boek zarezerw забронир rezerv boka",
    GRANT: "gewähr erteil freigeb freigib einlad lade entsperr entriegel genehmig accord autoris invit déverrouill conced otorg autoriz desbloque autorizz sblocc convid verleen "
    "nodig ontgrendel udziel zapro odblok предостав разреш приглас разблок bjud",
    RUN: "ausführ führe starte installier exécut lancez install ejecut instal esegu avvi execut installeer uruchom wykon zainstal запуст выполн установ çalıştır yükle",
    OPEN: "besuch öffne aufruf visit ouvrez abra bezoek odwied посет открой откройте ziyaret",
    READ: "vat samenvat streść podsum özet لخص sammanfatt सारांश изложен кратк обзор zusammenfass fasse zeige zeig lies suche finde prüf résum montr cherch trouv vérifi resum muestr busc encuentr verific riassum mostr cerca trova procur toon "
    "lees zoek pokaż przeczyt znajd покаж прочит найд göster",
}
_CONTENTS: Final[dict[str, str]] = {
    SEND: "भेज أرسل إرسال 发送 发给 发到 转发 寄给 告知 回复 發送 轉發 送信 送って 送り 転送 보내 전송 전달",
    PAY: "转账 汇款 支付 付款 购买 轉帳 匯款 付給 振り込 支払 送金 購入 송금 이체 지불 결제",
    DELETE: "删除 取消 移除 刪除 削除 取り消 삭제 취소",
    CHANGE: "修改 更改 更新 変更 변경",
    CREATE: "创建 添加 新建 建立 作成 追加 생성 추가",
    BOOK: "预订 预约 預訂 予約 예약",
    GRANT: "授权 授予 邀请 解锁 授權 許可 招待 解除 승인 초대",
    RUN: "执行 运行 安装 執行 実行 インストール 실행 설치",
    OPEN: "访问 打开 訪問 アクセス 開い 방문",
    READ: "सारांश لخص 总结 显示 查找 阅读 要約 表示 検索 요약",
}
_ASKING: Final = ("请", "請", "务必", "必须", "ください", "お願い", "しなければ", "주세요", "하십시오", "하세요")
_SET_ASIDE: Final = _words(
    "ignor vergiss vergesst missacht oubli olvid dimentic esqueç negeer vergeet zignoruj zapomn игнорир забуд yoksay unut"
)
_PRECEDE: Final = _words("vorrang priorit prevale приоритет öncelik")
_ORDERS: Final = _words(
    "anweisung instruk befehl vorgab instruct consign instruc instru orden istruz opdracht polec инструкц указан команд talimat"
)
_USERS: Final = _words(
    "benutzer nutzer anwender utilisateur usuario utente usuário gebruiker użytkownik пользовател kullanıcı"
)
_NOT: Final = frozenset(_words("nicht kein keine niemals ne pas jamais no nunca non mai não nie niet не никогда"))
_AGENTS: Final = _words(
    "sprachmodell ki-modell chatbot ki-assistent ki-agent assistent asistente assistant assistente ассистент помощник asistan asystent"
)
_PLAINLY_FOREIGN: Final = frozenset(
    _words(
        "bitte veuillez alstublieft alsjeblieft gelieve proszę prosimy lütfen tolong mohon prosím kérem kérjük vänligen venligst vennligst cortesia"
    )
)
_LEAVES: Final = _words(
    "erledig befolg abarbeit aufgabe anweisung tâche consigne tarea instruccion compito istruzion tarefa instruç taak taken zadani задач инструкц görev todo"
)
_LEAVES_DENSE: Final = ("任务", "指示", "タスク", "작업", "待办")
_FOR: Final = frozenset(
    _words(
        "an für pour à para a al per voor aan dla do для till için liebe lieber cher chère estimado querido caro beste"
    )
)
_QUESTIONS: Final = frozenset(
    _words(
        "was wie wer wann wo welche welcher welches wieviel wieso warum gibt habe hat ist sind quel quelle quels quelles combien comment quand où qui que quoi est-ce y-a-t-il "
        "qué cuál cuáles cuánto cuánta cuántos cuántas cómo cuándo dónde quién hay che cosa quale quali quanto quanti quante come quando dove chi qual quais onde quem quantos "
        "wat hoe wie wanneer waar welke hoeveel co jak kiedy gdzie ile które która który что как когда где сколько какой какие какая кто є що коли ne nasıl hangi kaç vad hur när var"
    )
)
_QUESTION_SIGNS: Final = (
    "？",
    "吗",
    "哪",
    "什么",
    "多少",
    "何時",
    "どの",
    "どう",
    "ですか",
    "ますか",
    "무엇",
    "어떤",
    "언제",
    "¿",
)
_FIRST: Final = frozenset(
    _words(
        "bevor vorher zuvor zuerst zunächst avant d'abord antes primero primeiro prima voordat eerst przed najpierw сначала прежде önce innan"
    )
)
_TASKS: Final = _words(
    "aufgab anfrage tâche demande tarea solicitud compito richiesta tarefa opdracht taak zadani задач запрос görev uppgift"
)
_SYSTEM: Final = _words("system systèm sistem sistema систем")
_NOTICES: Final = _words(
    "systemnachricht systemmeldung systemhinweis nachricht meldung hinweis anweisung message avis notice aviso mensaje mensagem avviso messaggio bericht komunikat wiadomość сообщен уведомл bildirim mesaj meddelande"
)
_FUNCTION: Final = frozenset(
    _words(
        "dei della delle degli alla nel sono questo till från inte tack av de der die das und ist nicht mit für auf ein eine den dem des zu von le la les et est dans pour vous une du au el los las por para que con del se il lo gli di che per una os em um uma não het een van voor niet met ve bir için bu ile och att det som på är na się że jest"
    )
)
"""Little words that tell that a text is not English."""
_OTHER_SCRIPT: Final = re.compile(r"[\u0370-\u1dff\u2e80-\ud7ff\uf900-\ufaff\uff66-\uffdc]{2}")
_DENSE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
MIN_BEGINNING: Final = 4


def _prefixes(families: dict[str, str]) -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for kind, words in families.items():
        for word in words.split():
            table[word] = table.get(word, frozenset()) | {kind}
    return table


_TABLE: Final = _prefixes(_BEGINNINGS)
_LONGEST: Final = max(map(len, _TABLE))
_HEADS: Final = frozenset(verb[:MIN_BEGINNING] for verb in _TABLE)


def may_be_foreign(text: str, known: set[str]) -> bool:
    """Whether some sentence of a text may be in another language."""
    if not known.isdisjoint(_PLAINLY_FOREIGN):
        return True
    little = len(known & _FUNCTION)
    few = little == 2 and len(known) < 40
    verbs = (little >= 1 or not text.isascii()) and any(
        len(word) > 4 and word not in BASE and _kinds_of(word) for word in known
    )
    return little >= 3 or few or verbs or (not text.isascii() and _OTHER_SCRIPT.search(text) is not None)


@lru_cache(maxsize=8192)
def _kinds_of(word: str) -> frozenset[str]:
    if word in _TABLE:
        return _TABLE[word]
    if word[:MIN_BEGINNING] not in _HEADS:
        return frozenset()
    for length in range(min(len(word), _LONGEST), MIN_BEGINNING - 1, -1):
        kinds = _TABLE.get(word[:length])
        if kinds:
            return kinds
    return frozenset()


def foreign_words(words: Iterable[str]) -> int:
    """How many of the words are little words, or words of request, of another language."""
    return sum(word in _FUNCTION or word in _REQUESTS for word in words)


def is_dense(word: str) -> bool:
    """Whether a word is of a script that writes no spaces between words, and long enough to be a sentence."""
    return len(word) >= 8 and _DENSE.search(word) is not None


def other_script(word: str) -> bool:
    """Whether a word is written in another script than the Latin one."""
    return not word.isascii() and _OTHER_SCRIPT.search(word) is not None


def asks_only(text: str, words: list[str]) -> bool:
    """Whether a wish in another language is a question, or asks for a text to be read, and for nothing else."""
    kinds = kinds_in(text, words)
    question = bool(words) and (words[0] in _QUESTIONS or any(sign in text for sign in _QUESTION_SIGNS))
    return kinds <= {READ, OPEN} and (question or READ in kinds)


def kinds_in(text: str, words: Iterable[str]) -> frozenset[str]:
    """Kinds of acts that words of another language speak of."""
    kinds: set[str] = set()
    for word in words:
        kinds |= _kinds_of(word)
    if _OTHER_SCRIPT.search(text):
        kinds |= {kind for kind, parts in _CONTENTS.items() if any(part in text for part in parts.split())}
    return frozenset(kinds)


def asks(text: str, words: Iterable[str]) -> bool:
    """Whether a sentence holds a word of request."""
    return any(word in _REQUESTS for word in words) or any(part in text for part in _ASKING)


def leaves_it(text: str, words: Iterable[str]) -> bool:
    """Whether a wish in another language leaves what to do to tasks or instructions written somewhere."""
    return any(word.startswith(_LEAVES) for word in words) or any(part in text for part in _LEAVES_DENSE)


def foreign_marks(text: str, words: list[str]) -> set[str]:
    """The marks of a sentence in another language."""
    marks: set[str] = set()
    dense = _DENSE.search(text) is not None
    if (any(word.startswith(_SET_ASIDE) for word in words) and any(word.startswith(_ORDERS) for word in words)) or (
        dense
        and any(part in text for part in ("忽略", "无视", "忘记", "無視", "忘れ", "무시"))
        and any(part in text for part in ("指令", "指示", "说明", "命令", "지시", "명령"))
    ):
        marks.add(OVERRIDE)
    if any(word.startswith(_PRECEDE) for word in words) and any(word.startswith(_ORDERS) for word in words):
        marks.add(OVERRIDE)
    if (any(word in _NOT for word in words) and any(word.startswith(_USERS) for word in words)) or (
        dense and any(part in text for part in ("不要告诉", "不要告訴", "ユーザーに言わ", "사용자에게 말하지"))
    ):
        marks.add(SECRECY)
    if _spoken_to(text, words) or (
        dense and any(part in text for part in ("助手", "人工智能", "アシスタント", "어시스턴트"))
    ):
        marks.add(ADDRESS)
    if (any(word in _FIRST for word in words) and any(word.startswith(_TASKS) for word in words)) or (
        dense and any(part in text for part in ("任务之前", "回答之前", "タスクの前", "작업 전"))
    ):
        marks.add(ERRAND)
    if any(word.startswith(_SYSTEM) for word in words[:6]) and any(word.startswith(_NOTICES) for word in words[:6]):
        marks.add(AUTHORITY)
    if dense and any(
        part in text for part in ("系统通知", "系统消息", "系統通知", "系統訊息", "システム通知", "시스템 알림")
    ):
        marks.add(AUTHORITY)
    return marks


def _spoken_to(text: str, words: list[str]) -> bool:
    """Whether a sentence is for an assistant: "an den KI-Assistenten", "pour l'assistant", "Assistente, ..."."""
    for index, word in enumerate(words[:10]):
        word = word.rpartition("'")[2]
        if word.startswith(_AGENTS):
            before = words[max(0, index - 3) : index]
            if word.startswith("ki-") or "ia" in words[index + 1 : index + 2] or not _FOR.isdisjoint(before):
                return True
            if index <= 2 and text.lower().partition(word)[2].lstrip()[:1] in (",", ":", "!"):
                return True
    return False
