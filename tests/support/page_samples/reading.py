"""What a page says, read as a browser reads it: its text, its tables, and what must not be in it."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

_VOID = frozenset(("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "path", "rect", "circle", "use"))


class Read(HTMLParser):
    """A page, read whole. `faults` are elements that do not close, ids that are there twice, and whatever the policy
    `default-src 'self'` would forbid."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.names: Counter[str] = Counter()
        self.rows: list[list[str]] = []
        self.links: list[str] = []
        self._ids: Counter[str] = Counter()
        self._open: list[str] = []
        self._words: list[str] = []
        self._cell: list[str] | None = None
        self._is_data = False
        self.feed(text)
        self.close()
        self.faults += [f"id {name} is there {count} times" for name, count in self._ids.items() if count > 1]
        self.faults += [f"{name} does not close" for name in self._open]

    @property
    def words(self) -> str:
        """The text, with one blank between words."""
        return " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names[tag] += 1
        self._note(tag, dict(attrs))
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._cell = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names[tag] += 1
        self._note(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing, at {self.getpos()}")
        if tag in ("td", "th") and self._cell is not None and self.rows:
            self.rows[-1].append(" ".join("".join(self._cell).split()))
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("script", "style"):
            if data.strip() and not self._is_data:
                self.faults.append(f"inline {self._open[-1]}: {data[:40]}")
            return
        self._words.append(data)
        if self._cell is not None:
            self._cell.append(data)

    def _note(self, tag: str, given: dict[str, str | None]) -> None:
        if tag == "script":
            self._is_data = given.get("type") == "application/json"
        if "style" in given:
            self.faults.append(f"<{tag} style>")
        self.faults += [f"<{tag} {name}>" for name in given if name.startswith("on")]
        if given.get("id"):
            self._ids[str(given["id"])] += 1
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
            if str(given["href"]).lower().startswith(("javascript:", "data:")):
                self.faults.append(f"a link to {given['href']}")
