"""What holds for all tests: a machine that is busy makes no property false, so none is held to a time."""

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
