"""Which events a rule is shown: `logsource` in the words of onesec."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from onesec_cli.model.kinds import KINDS
from onesec_cli.sigma.errors import RuleError
from onesec_cli.sigma.rule import PRODUCTS, Product

TENANT_LOGS: Final = frozenset({"", "tenant-logs", "tenant_logs", "tenant logs", "logs", "auth0"})
"""Values of `service` that mean all tenant logs."""


class Source(Struct, frozen=True):
    """Which events a rule is shown."""

    product: Product
    service: str = ""
    kinds: frozenset[str] = frozenset()


def source_of(logsource: Any) -> Source:
    """The source a rule asks for. Raises RuleError for one that onesec has no events of."""
    if not isinstance(logsource, dict):
        raise RuleError("logsource is missing" if logsource is None else "logsource is no mapping")
    product, service, category = (_word(logsource, name) for name in ("product", "service", "category"))
    if not product and service == "auth0":
        product = "auth0"
    kinds = kinds_of(category) if category else frozenset()
    if not product and category and kinds:
        product = "onesec"
    if not product:
        told = f"category {category}" if category else f"service {service}" if service else "no product"
        raise RuleError(f"logsource has {told}; onesec has events of product {', '.join(PRODUCTS)}")
    if product not in PRODUCTS:
        raise RuleError(f"logsource product {product}: onesec has events of product {', '.join(PRODUCTS)}")
    if category and not kinds:
        raise RuleError(f"logsource category {category} is no kind of event (such as tool.call or token)")
    if product == "auth0":
        if service not in TENANT_LOGS:
            raise RuleError(f"logsource service {service}: of auth0 there is tenant-logs")
        service = ""
    return Source(product, service, kinds)


def kinds_of(category: str) -> frozenset[str]:
    """The kinds a category names: one whole, or all that begin with it (`token`)."""
    return frozenset(kind for kind in KINDS if kind == category or kind.startswith(f"{category}."))


def _word(logsource: dict[str, Any], name: str) -> str:
    value = logsource.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RuleError(f"logsource {name} is no text")
    return value.strip().lower()
