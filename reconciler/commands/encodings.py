"""Signs that the encoding of a terminal lacks are written as others that say the same."""

import codecs
import io

PLAIN = {
    "✓": "yes",
    "✗": "no",
    "→": "->",
    "…": "...",
    "–": "-",
    "•": "*",
}
"""The signs of our own. A question mark stands for none of them: it is the sign of *undecided*."""


def tell_plainly(stream: object, *, otherwise: str) -> None:
    """Let a stream write our signs in any encoding.

    Args:
        stream: Of the program; one that is no text of bytes is left alone.
        otherwise: What becomes of signs of others: ``replace`` or ``backslashreplace``.
    """
    if not isinstance(stream, io.TextIOWrapper):
        return
    others = codecs.lookup_error(otherwise)

    def plainly(error: UnicodeError) -> tuple[str | bytes, int]:
        if isinstance(error, UnicodeEncodeError):
            sign = error.object[error.start]
            if sign in PLAIN:
                return PLAIN[sign], error.start + 1
            one = UnicodeEncodeError(
                error.encoding, error.object, error.start, error.start + 1, error.reason
            )
            return others(one)
        raise error

    name = f"plainly-{otherwise}"
    codecs.register_error(name, plainly)
    stream.reconfigure(errors=name)
