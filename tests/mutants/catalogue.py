"""Safeguards, each as the change that would remove it, and the test that must notice."""

from tests.mutants.catalogue_effects import EFFECTS
from tests.mutants.catalogue_jobs import JOBS
from tests.mutants.catalogue_shopify import SHOPIFY
from tests.mutants.catalogue_upkeep import UPKEEP

MUTANTS = (*EFFECTS, *UPKEEP, *JOBS, *SHOPIFY)
