"""Hosts as they really are: URLs taken apart, numeric addresses in every spelling, special places named."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import unquote

from onesec_cli.state.wordlists import words

_URL: Final = re.compile(r"(?i)\b(?:https?|ftps?|wss?|sftp|ssh|git|s3|gs|tcp|udp)://[^\s\"'<>|\\^`{}]{1,2000}")
_AUTHORITY: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]{0,20}:)?[\\/]{2}([^/?#\\\s]*)")
_BARE: Final = re.compile(
    r"(?:[A-Za-z0-9_-]{1,63}\.){1,10}[A-Za-z]{2,24}(?::\d{1,5})?(?:[/?#]|$)|\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?:[/?#]|$)"
)
_EMBEDDED: Final = re.compile(
    r"(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})(?:\.[a-z0-9-]+)*\.(?:nip|sslip|xip)\.io\Z"
)
_PRIVATE: Final = tuple(
    ip_network(one)
    for one in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "100.64.0.0/10",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)
_LOCAL: Final = frozenset({"localhost", "host.docker.internal", "0.0.0.0", "::1", "ip6-localhost"})


def urls_in(text: str, limit: int = 200) -> list[str]:
    """URLs with a scheme, in order, without the punctuation that ends a sentence."""
    found: list[str] = []
    if "://" not in text:
        return found
    for match in _URL.finditer(text):
        found.append(match[0].rstrip(".,;:!?)]*_"))
        if len(found) >= limit:
            break
    return found


def host_of(url: str) -> str:
    """The host of a URL or of `host/path`, lower case, numeric addresses in plain dotted form; empty where there is none."""
    found = _AUTHORITY.match(url.strip())
    if found:
        authority = found[1]
    else:
        shape = _BARE.match(url.strip())
        if shape is None:
            return ""
        authority = re.split(r"[/?#]", url.strip(), maxsplit=1)[0]
    authority = unquote(authority.rsplit("@", 1)[-1])
    if authority[:1] == "[":
        return plain_host(authority[1:].split("]", 1)[0])
    return plain_host(authority.rsplit(":", 1)[0] if re.search(r":\d{0,5}\Z", authority) else authority)


def plain_host(host: str) -> str:
    """A host in one spelling: lower case, no dot at the end, Unicode as punycode, addresses dotted."""
    host = host.strip().rstrip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return host
    embedded = _EMBEDDED.search(host)
    if embedded:
        return ".".join(embedded.groups())
    address = _number(host)
    if address is None and ":" in host:
        try:
            six = ip_address(host.split("%", 1)[0])
        except ValueError:
            return host
        if isinstance(six, IPv6Address):
            address = six.ipv4_mapped
            return str(address or six)
    return str(address) if address is not None else host


def _number(host: str) -> IPv4Address | None:
    """An IPv4 address as inet_aton reads it: decimal, octal or hexadecimal, one to four parts."""
    parts = host.split(".")
    if not 1 <= len(parts) <= 4 or not host[:1].isdigit():
        return None
    values = []
    for part in parts:
        if not re.fullmatch(r"0x[0-9a-f]{1,8}|\d{1,12}", part):
            return None
        octal = len(part) > 1 and part[0] == "0" and part.isdigit()
        try:
            values.append(int(part, 16 if part[:2] == "0x" else 8 if octal else 10))
        except ValueError:
            return None
    if len(values) == 1 and not (host[:2] == "0x" or values[0] > 0xFFFFFF):
        return None
    rest = 8 * (4 - len(values) + 1)
    if any(value > 255 for value in values[:-1]) or values[-1] >= 1 << rest:
        return None
    whole = values[-1]
    for at, value in enumerate(values[:-1]):
        whole |= value << (24 - 8 * at)
    return IPv4Address(whole)


def is_metadata(host: str) -> bool:
    """Whether a host hands out the credentials of the machine it is asked from."""
    return host in words("hosts.metadata")


def is_address(host: str) -> bool:
    """Whether a host is a bare address of another network, which names nobody."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return not is_local(host)


def is_local(host: str) -> bool:
    """Whether a host is this machine or a private network."""
    if is_metadata(host):
        return False
    if host in _LOCAL or host.endswith((".localhost", ".local", ".internal", ".test", ".svc", ".lan")):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host and ":" not in host
    return any(address.version == one.version and address in one for one in _PRIVATE)


def is_drop(host: str) -> bool:
    """Whether anybody can receive something there without a name."""
    return within(host, words("hosts.drops"))


def within(host: str, domains: tuple[str, ...] | frozenset[str]) -> bool:
    """Whether a host is one of the domains or below one; `*.` before a domain is understood."""
    return any(
        host == one or host.endswith("." + one) for one in (domain.removeprefix("*.").lower() for domain in domains)
    )
