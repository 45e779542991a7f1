"""Lists of paths that a run judges by, looked up by their parts: a long list costs no more than a short one, whatever a path says."""

from __future__ import annotations

from typing import Final, NamedTuple

from onesec_cli.state.wordlists import filled_from_words, words

_STAR: Final = "[*]"
"""How a list writes a star that stands in the path itself, as shells take one."""
_HOMES: Final = ("home", "users")


class _Shape(NamedTuple):
    """A path of a list, in parts; each part is what stands between its stars."""

    place: int
    """Of its list among the lists."""
    parts: tuple[tuple[str, ...], ...]
    key: int
    """The part it is looked up by, which has no star; -1 where every part has one."""
    root: str
    """Where it begins: `/`, `~` for any home folder, or empty for anywhere."""
    below: bool
    """Whether it stands for everything below it."""


class Paths:
    """The paths of some lists. Paths are asked for in lower case, with `/` between their parts."""

    def __init__(self, *names: str) -> None:
        self._by_part: dict[str, list[_Shape]] = {}
        self._starred: list[_Shape] = []
        self.hints: list[str] = []
        """One of these stands in every text that holds a path of the lists."""

        def fill() -> None:
            shapes = [_shape(place, path) for place, name in enumerate(names) for path in words(name)]
            self._by_part.clear()
            self._starred[:] = [shape for shape in shapes if shape.key < 0]
            for shape in shapes:
                if shape.key >= 0:
                    self._by_part.setdefault(shape.parts[shape.key][0], []).append(shape)
            self.hints[:] = _hints(shapes)

        filled_from_words(fill)

    def first(self, path: str) -> int:
        """The place among the lists of the first that names a path; -1 where none does."""
        if "\n" in path:
            return -1  # a text that holds a path is none
        parts = path.split("/")
        found = {
            shape.place
            for at, part in enumerate(parts)
            for shape in self._by_part.get(part, ())
            if _fits(shape, parts, at - shape.key)
        }
        found.update(
            shape.place
            for shape in self._starred
            if any(_fits(shape, parts, at) for at in (range(len(parts)) if shape.below else (_end(shape, parts),)))
        )
        return min(found, default=-1)

    def name(self, path: str) -> bool:
        """Whether a list names a path."""
        return self.first(path) >= 0

    def hinted(self, text: str) -> bool:
        """Whether a text may hold such a path. Cheap, and true for others too."""
        low = text.lower()
        return any(hint in low for hint in self.hints)


def _shape(place: int, path: str) -> _Shape:
    below = path.endswith("/**")
    root = path[0] if path[0] in "/~" else ""
    told = path.removesuffix("/**").removeprefix("~").removeprefix("/") if root else path.removesuffix("/**")
    parts = tuple(_pieces(part) for part in told.split("/"))
    key = max((at for at, pieces in enumerate(parts) if len(pieces) == 1), default=-1)
    return _Shape(place, parts, key, root, below)


def _pieces(part: str) -> tuple[str, ...]:
    return tuple(piece.replace("\0", "*") for piece in part.replace(_STAR, "\0").split("*"))


def _hints(shapes: list[_Shape]) -> list[str]:
    """The longest piece of each path, without those that hold another."""
    found: list[str] = []
    for hint in sorted({max((piece for part in shape.parts for piece in part), key=len) for shape in shapes}, key=len):
        if not any(one in hint for one in found):
            found.append(hint)
    return found


def _end(shape: _Shape, parts: list[str]) -> int:
    """Where a shape begins that ends with the path."""
    return len(parts) - len(shape.parts)


def _fits(shape: _Shape, parts: list[str], at: int) -> bool:
    """Whether the parts of a path from some place on are those of a shape."""
    end = _end(shape, parts)
    ends = (end - at > 1 or (end - at == 1 and parts[-1] != "")) if shape.below else at == end
    if at < 0 or not ends or (shape.root and at != _begin(shape.root, parts)):
        return False
    return all(map(_part_fits, shape.parts, parts[at : at + len(shape.parts)]))


def _begin(root: str, parts: list[str]) -> int:
    """The place of the first part below the root or a home folder; -1 where the path does not begin there."""
    if root == "/":
        return 1 if parts[0] == "" else -1
    if parts[0] == "~":
        return 1
    if parts[0] != "" or len(parts) < 3:
        return -1
    return 2 if parts[1] == "root" else 3 if parts[1] in _HOMES else -1


def _part_fits(pieces: tuple[str, ...], part: str) -> bool:
    """Whether a part is made of the pieces, with anything between them: each is looked for once, from left to right."""
    if len(pieces) == 1:
        return part == pieces[0]
    at, end = len(pieces[0]), len(part) - len(pieces[-1])
    if at > end or not part.startswith(pieces[0]) or not part.endswith(pieces[-1]):
        return False
    for piece in pieces[1:-1]:
        at = part.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True
