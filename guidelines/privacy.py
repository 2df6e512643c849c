"""The duty of privacy: personal data that does not belong in a text others read (I9, R11)."""

import re
from collections.abc import Iterator

from guidelines.account_numbers import ibans, payment_cards
from guidelines.email_addresses import email_addresses
from guidelines.folding import Folded, Match
from guidelines.national_ids import national_ids
from guidelines.phone_numbers import phone_numbers

# Six figures with little between them: no number that is screened for has fewer. What is before them may name them.
CLUSTER = re.compile(r"\d(?:[^\d\n]{0,3}\d){5,}+")
BEFORE, AFTER = 40, 8


def personal_data(text: Folded) -> Iterator[Match]:
    """E-mail addresses, phone numbers, payment cards, bank accounts and national ids."""
    yield from email_addresses(text.lower)
    for cluster in CLUSTER.finditer(text.lower):
        near = max(0, cluster.start() - BEFORE), cluster.end() + AFTER
        for numbers in (payment_cards, ibans, national_ids, phone_numbers):
            yield from numbers(text.lower, *near)
