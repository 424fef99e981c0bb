"""Text of any origin as LaTeX that compiles with the base fonts: nothing in it is a command but what stands here."""

from __future__ import annotations

import unicodedata

_ASCII = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    '"': "''",
    "`": r"\textasciigrave{}",
    "[": "{[}",  # after a line's end, an optional argument of it would begin
    "]": "{]}",
}
_SIGNS = {
    "−": "$-$", "–": "--", "—": "---", "‐": "-", "‑": "-", "…": r"\ldots{}", "·": r"$\cdot$", "•": r"$\bullet$",
    "×": r"$\times$", "÷": r"$\div$", "±": r"$\pm$", "≥": r"$\geq$", "≤": r"$\leq$", "≠": r"$\neq$",
    "≈": r"$\approx$", "∞": r"$\infty$", "√": r"$\surd$", "∑": r"$\sum$", "Δ": r"$\Delta$", "∆": r"$\Delta$",
    "→": r"$\rightarrow$", "←": r"$\leftarrow$", "↑": r"$\uparrow$", "↓": r"$\downarrow$", "↔": r"$\leftrightarrow$",
    "°": r"$^{\circ}$", "µ": r"$\mu$", "′": r"$'$", "″": r"$''$", "‘": "`", "’": "'", "“": "``", "”": "''",
    "„": ",,", "«": r"$\ll$", "»": r"$\gg$", "†": r"\dag{}", "‡": r"\ddag{}", "§": r"\S{}", "¶": r"\P{}",
    "©": r"\copyright{}", "®": r"\textregistered{}", "™": r"\texttrademark{}", "£": r"\pounds{}",
    "◆": r"$\diamondsuit$", "◇": r"$\diamond$", "●": r"$\bullet$", "○": r"$\circ$", "✕": r"$\times$", "✗": r"$\times$",
    "✓": r"$\surd$", "✔": r"$\surd$", "⊘": r"$\oslash$", "★": r"$\star$", "☆": r"$\star$", "▲": r"$\bigtriangleup$",
    "△": r"$\triangle$", "▼": r"$\bigtriangledown$", "▽": r"$\bigtriangledown$", "■": r"\rule{1ex}{1ex}",
    "□": r"\fbox{\rule{0pt}{0.6ex}\rule{0.6ex}{0pt}}", "¹": "$^{1}$", "²": "$^{2}$", "³": "$^{3}$", "⁻": "$^{-}$",
    "½": r"$\frac{1}{2}$", "¼": r"$\frac{1}{4}$", "¾": r"$\frac{3}{4}$",
}  # fmt: skip
_LETTERS = {
    "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "ø": r"\o{}", "Ø": r"\O{}", "œ": r"\oe{}", "Œ": r"\OE{}",
    "ł": r"\l{}", "Ł": r"\L{}", "ı": r"\i{}", "¿": "?`", "¡": "!`",
}  # fmt: skip
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "ς": "varsigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma",
    "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi",
    "Ω": "Omega",
}  # fmt: skip
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c",
}  # fmt: skip
_BREAKS = "/&?="


def latex(text: str) -> str:
    """Plain text as LaTeX; white space becomes single spaces, a sign that LaTeX has not its code point."""
    words = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(map(_letter, words))


def latex_address(address: str) -> str:
    """An address to be read, with places where a line may break."""
    broken = "".join(f"{_letter(one)}\\allowbreak " if one in _BREAKS else _letter(one) for one in address)
    return rf"\texttt{{{broken}}}"


def _letter(one: str) -> str:
    known = _ASCII.get(one) or _SIGNS.get(one) or _LETTERS.get(one)
    if known is not None:
        return known
    if one in _GREEK:
        return rf"$\{_GREEK[one]}$"
    if one.isascii():
        return one if one.isprintable() else ""
    return _composed(one)


def _composed(one: str) -> str:
    """A letter with accents as its parts; a space for odd spaces, nothing for what cannot be seen."""
    base, *marks = list(unicodedata.normalize("NFKD", one))
    if unicodedata.category(one) in {"Cf", "Cc", "Cs", "Mn", "Me"}:
        return ""
    if base == " ":
        return " "
    if base.isascii() and base.isalnum() and all(mark in _ACCENTS for mark in marks):
        found = base
        for mark in marks:
            found = rf"\{_ACCENTS[mark]}{{{found}}}"
        return found
    spelled = "".join(unicodedata.normalize("NFKD", one))
    # Ligatures, full-width letters, raised digits: what they are made of.
    return "".join(_ASCII.get(part, part) for part in spelled) if spelled.isascii() else rf"\texttt{{U+{ord(one):04X}}}"
