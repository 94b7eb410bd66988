"""Work in threads: results in order, few at once, and an error that stops the rest."""

import threading

import pytest

from reconciler.background import together


@pytest.mark.parametrize("at_once", [1, 3, 50])
def test_results_are_in_the_order_of_the_items(at_once):
    assert together(lambda item: item * 2, range(20), at_once=at_once) == list(range(0, 40, 2))
    assert together(str, [], at_once=at_once) == []


def test_few_at_once():
    under_way, most = [], []

    def work(item):
        under_way.append(item)
        most.append(len(under_way))
        threading.Event().wait(0.005)
        under_way.remove(item)

    together(work, range(12), at_once=3)
    assert 1 < max(most) <= 3


def test_an_error_stops_the_rest():
    begun, gate = [], threading.Event()

    def work(item):
        begun.append(item)
        if item:
            gate.wait(5)
            return item
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        together(work, range(100), at_once=2)
    gate.set()
    assert len(begun) < 10
