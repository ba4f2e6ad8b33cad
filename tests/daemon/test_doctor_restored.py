"""A ledger that was put back from an older copy is ill, before anything opened it and until somebody reconciled it."""

import shutil

from daemon.records import Health
from tests.daemon.put_back import claim, guarded, opened, put_back, worked
from tests.daemon.test_doctor import NOW, Office, Only, office, only

__all__ = ["office", "only"]


def test_a_ledger_that_was_put_back_is_ill_until_somebody_reconciled_it(office: Office, only: Only) -> None:
    state = office.folder / "state"
    worked(state)
    with opened(state) as ledger:
        ledger.backup(office.folder / "copy.db")
    assert only(office.look(), "ledger").state is Health.WELL
    put_back(office.folder / "copy.db", state)
    for serving in (False, True):
        found = only(office.look(serving=serving), "ledger")
        assert found.state is Health.ILL
        assert "is an older one that was put back" in found.sentence
        assert "`nightclerk state reconcile --release`" in found.remedy
        assert guarded(state)
    with opened(state) as ledger:
        ledger.restoring.lift(NOW)
    assert only(office.look(), "ledger").state is Health.WELL


def test_a_plain_copy_that_was_put_back_is_ill_before_anything_opened_it(office: Office, only: Only) -> None:
    state = office.folder / "state"
    worked(state)
    shutil.copy(state / "ledger.db", office.folder / "copy.db")
    with opened(state) as ledger:
        claim(ledger, "post/2")
    put_back(office.folder / "copy.db", state)
    assert only(office.look(serving=False), "ledger").state is Health.ILL
