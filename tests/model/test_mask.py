"""Masking takes short cuts through texts that hold no secret; what it tells is what walking every pattern would tell."""

from __future__ import annotations

import random
from typing import Final

import pytest

from onesec_cli.model import mask as masking

PARTS: Final = (
    *(
        "\\",
        "\\n",
        "\\/",
        "\\u002F",
        "\\u002b",
        "\\\\",
        "u002F",
        "a",
        "B3",
        "-",
        "_",
        "/",
        "+",
        "=",
        "==",
        " ",
        '"',
        ",",
    ),
    *("xY9" * 13, "z" * 38, "aB3" * 8, "q1W2e3R4t5", "abcd/efgh/", "bearer ", "Basic ", "ba\u017fic ", "Ba\u017fIC%20"),
    *("sk-", "eyJ", "EyJhbGciOi.", "ghp_" + "a1" * 10, "xoxb-" + "1a" * 6, "ya29.", "1//0", "1\\/\\/0" + "aZ9" * 8),
    *("AKIA" + "A1" * 8, "v1.M", "\u00e9", "\u0130", "\u212a", "-----BEGIN PRIVATE KEY-----", "\n"),
)


def _walked(text: str) -> str:
    """Every pattern over the whole text."""

    def cut(secret: str, keep: int) -> str:
        return f"{secret[:keep]}…[{len(secret)} characters masked]"

    text = masking._KEY_BLOCK.sub(lambda found: cut(found[0], masking._KEEP), text)
    text = masking._SECRET.sub(lambda found: cut(found[0], masking._KEEP), text)
    text = masking._MAYBE.sub(lambda found: masking._mask_maybe(found, cut), text)
    return masking._LONG.sub(lambda found: masking._mask_long(found, cut), text)


@pytest.mark.parametrize("seed", range(8))
def test_the_short_cuts_change_nothing(seed: int) -> None:
    chance = random.Random(seed)
    texts = ["".join(chance.choices(PARTS, k=chance.randint(1, 30))) for _ in range(1_000)]
    masked = [masking.mask(text) for text in texts]
    assert masked == [_walked(text) for text in texts]
    assert 100 < sum(map(str.__ne__, texts, masked)) < 1_000
