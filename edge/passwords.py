"""Passwords: what is too easy to guess, and argon2id, by RFC 9106's second choice of costs."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

CHARS = (10, 200)
NAME_CHARS = 4  # a shorter name stands in many a word
_one_at_a_time = threading.Lock()  # 64 MiB each


def too_easy(name: str, password: str) -> str:
    """The sentence that says why it will not do for that account; "" if it will."""
    least, most = CHARS
    if not least <= len(password) <= most:
        return f"A password has at least {least} characters."
    if len(name) >= NAME_CHARS and name in password.lower():
        return "This password is too easy to guess: the account's name stands in it."
    if len(set(password)) < 5:
        return "This password is too easy to guess: it has too few different characters."
    return ""


def hashed(password: str) -> str:
    with _one_at_a_time:
        return PasswordHasher().hash(password)


def is_right(kept: str, password: str) -> bool:
    """It takes as long where nothing is kept: nobody shall hear by the time that there is no such account."""
    if not kept:
        hashed(password[: CHARS[1]])
        return False
    with _one_at_a_time:
        try:
            return PasswordHasher().verify(kept, password[: CHARS[1]])
        except VerificationError:
            return False
