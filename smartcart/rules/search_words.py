"""By which words an order is found, and which words somebody may have meant who typed another."""

import re
import string
import unicodedata

# An e-mail address has 254 characters at most (RFC 5321, erratum 1690).
LONGEST_WORD = 254
# A name may be 120 characters long; who has more words than this is found by the first of them.
MOST_WORDS = 16
# As Elasticsearch has it: words of fewer letters must be typed as they are.
# https://www.elastic.co/guide/en/elasticsearch/reference/8.18/common-options.html#fuzziness
SHORTEST_MISTAKEN = 3
# What is longer has thousands of neighbours.
LONGEST_MISTAKEN = 40
# "ma" begins too many names to mean one of them.
SHORTEST_BEGINNING = 3
OF_ADDRESSES = "@.-_+"
# Letters that Unicode does not take apart into one of ours and a mark.
AS_TYPED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
_WORD = re.compile(r"\w+")
_ORDER_NUMBER = re.compile(r"(?:sc)?[\s#-]*(\d{1,17})", re.IGNORECASE | re.ASCII)


def of_order(name: str, email: str) -> set[str]:
    """What an order is found by: the words of a name, an e-mail address, and the words before its @."""
    address = folded(email)
    words = [*_WORD.findall(folded(name)), *_words_of_address(address)]
    return {word[:LONGEST_WORD] for word in (*words[:MOST_WORDS], address) if len(word) > 1}


def wanted(text: str) -> list[str]:
    """The words that somebody looks for, each once; an address is one."""
    found: list[str] = []
    for part in folded(text).split():
        found += [part] if "@" in part else _WORD.findall(part)
    return [word[:LONGEST_WORD] for word in dict.fromkeys(found) if len(word) > 1][:MOST_WORDS]


def folded(text: str) -> str:
    """Without capitals, accents and other marks, so that Zoë, ZOE and zoe are the same."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each)).translate(AS_TYPED)


def near(word: str) -> set[str]:
    """All words that become this one by one mistake: a letter too few, too many, another, or two the wrong way round.

    These are four in five of all misspellings (F. J. Damerau, A technique for computer detection and correction of
    spelling errors, 1964, https://doi.org/10.1145/363958.363994), and P. Norvig's way to find them
    (https://norvig.com/spell-correct.html): a database is asked for each, which takes the same time however many words
    it has.
    """
    if not SHORTEST_MISTAKEN <= len(word) <= LONGEST_MISTAKEN:
        return set()
    letters = _letters_for(word)
    splits = [(word[:cut], word[cut:]) for cut in range(len(word) + 1)]
    one_less = {left + right[1:] for left, right in splits if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
    another = {left + letter + right[1:] for left, right in splits if right for letter in letters}
    one_more = {left + letter + right for left, right in splits for letter in letters}
    return (one_less | swapped | another | one_more) - {word}


def may_be_a_beginning(word: str) -> bool:
    """Whether who typed it may have meant a longer word that begins so."""
    return len(word) >= SHORTEST_BEGINNING


def order_number(text: str) -> str:
    """The digits of an order's number, of SC-1042, sc 1042, #1042 and 1042; empty where it is none."""
    found = _ORDER_NUMBER.fullmatch(text.strip())
    return found[1] if found else ""


def _words_of_address(address: str) -> list[str]:
    """Those of ada.lovelace+shop@example.org are ada, lovelace and shop: the others have its host in common."""
    return re.findall(r"[^\W_]+", address.rpartition("@")[0])


def _letters_for(word: str) -> set[str]:
    """Those that somebody may mistype who writes this word: ours, and the small ones of its own alphabet, by Unicode's
    pages of 256."""
    ours = set(string.ascii_lowercase + string.digits + (OF_ADDRESSES if "@" in word else ""))
    pages = {ord(letter) >> 8 for letter in word if not letter.isascii()}
    return ours | {chr(code) for page in pages for code in range(page << 8, (page + 1) << 8) if chr(code).islower()}
