"""The endings by which a word with dots is taken for a host."""

from __future__ import annotations

from typing import Final

ENDINGS: Final = (
    "com|org|net|io|dev|app|co|ai|info|biz|xyz|me|eu|uk|de|fr|es|it|nl|pl|ru|cn|jp|in|br|us|ca|au|ch|at|be|se|no|fi|dk|cz|site|online|"
    "shop|cloud|tech|top|click|link|live|store|page|gov|edu"
)
