"""Which item of one list corresponds to which item of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher

MANY = 2_000
"""Items from which ``difflib`` leaves very frequent ones to the order, so that it stays quick."""

Places = list[tuple[int | None, int | None]]


def aligned(
    keys_a: Sequence[Hashable], keys_b: Sequence[Hashable], inputs_a: Sequence[Hashable], inputs_b: Sequence[Hashable]
) -> Places:
    """Pairs of places in A and B, in the order of A; a place that corresponds to nothing stands beside None.

    Items whose key is there once in both lists belong together wherever they stand. Of the others those with equal key and
    input are found first, in order, and what is left between them is matched by key.
    """
    partner = _by_unique_key(keys_a, keys_b)
    taken = set(partner.values())
    left = [i for i in range(len(keys_a)) if i not in partner]
    right = [j for j in range(len(keys_b)) if j not in taken]
    one = [(keys_a[i], inputs_a[i]) for i in left]
    other = [(keys_b[j], inputs_b[j]) for j in right]
    matcher = SequenceMatcher(None, one, other, autojunk=max(len(one), len(other)) > MANY)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            partner |= dict(zip(left[i1:i2], right[j1:j2], strict=True))
        else:
            partner |= _by_key_in_order(left[i1:i2], right[j1:j2], keys_a, keys_b)
    return _in_order(partner, len(keys_a), len(keys_b))


def _by_unique_key(keys_a: Sequence[Hashable], keys_b: Sequence[Hashable]) -> dict[int, int]:
    at_a, at_b = _places(keys_a), _places(keys_b)
    return {at_a[key][0]: at_b[key][0] for key in at_a if len(at_a[key]) == 1 == len(at_b.get(key, ()))}


def _places(keys: Sequence[Hashable]) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        found[key].append(place)
    return found


def _by_key_in_order(
    left: Sequence[int], right: Sequence[int], keys_a: Sequence[Hashable], keys_b: Sequence[Hashable]
) -> dict[int, int]:
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for j in reversed(right):
        waiting[keys_b[j]].append(j)
    return {i: waiting[keys_a[i]].pop() for i in left if waiting[keys_a[i]]}


def _in_order(partner: dict[int, int], many_a: int, many_b: int) -> Places:
    """In the order of A; what only B has follows its predecessor in B."""
    back = {j: i for i, j in partner.items()}
    follows: dict[int | None, list[int]] = defaultdict(list)
    before: int | None = None
    for j in range(many_b):
        if j in back:
            before = back[j]
        else:
            follows[before].append(j)
    found: Places = [(None, j) for j in follows[None]]
    for i in range(many_a):
        found.append((i, partner.get(i)))
        found += [(None, j) for j in follows[i]]
    return found
