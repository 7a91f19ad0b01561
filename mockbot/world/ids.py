"""Identifiers that look random but come from a seed: the same seed gives the same sequence."""

from __future__ import annotations

from hashlib import blake2b


class Ids:
    """The only source of identifiers in a world; another can continue after the first `given`."""

    def __init__(self, seed: int | str, given: int = 0) -> None:
        self._seed, self.given = str(seed).encode("utf-8", "surrogatepass"), given

    def uuid(self) -> str:
        """Return a version 4 UUID (RFC 9562 section 5.4): a digest of the seed and the number of the identifier."""
        self.given += 1
        digest = blake2b(b"%d %s" % (self.given, self._seed), digest_size=16).hexdigest()
        variant = "89ab"[int(digest[16], 16) % 4]
        return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:]}"
