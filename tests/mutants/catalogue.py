"""Safeguards, each as the change that would remove it, and the test that must notice."""

from tests.mutants.catalogue_backups import BACKUPS
from tests.mutants.catalogue_borg import BORG
from tests.mutants.catalogue_databases import DATABASES
from tests.mutants.catalogue_effects import EFFECTS
from tests.mutants.catalogue_jobs import JOBS
from tests.mutants.catalogue_offsite import OFFSITE
from tests.mutants.catalogue_pgbackrest import PGBACKREST
from tests.mutants.catalogue_printers import PRINTERS
from tests.mutants.catalogue_restic import RESTIC
from tests.mutants.catalogue_sheets import SHEETS
from tests.mutants.catalogue_shopify import SHOPIFY
from tests.mutants.catalogue_table import TABLE
from tests.mutants.catalogue_typesetting import TYPESETTING
from tests.mutants.catalogue_unchanged import UNCHANGED
from tests.mutants.catalogue_upkeep import UPKEEP

MUTANTS = (
    *EFFECTS,
    *UPKEEP,
    *JOBS,
    *SHOPIFY,
    *SHEETS,
    *PRINTERS,
    *BACKUPS,
    *RESTIC,
    *BORG,
    *PGBACKREST,
    *DATABASES,
    *OFFSITE,
    *TYPESETTING,
    *TABLE,
    *UNCHANGED,
)
