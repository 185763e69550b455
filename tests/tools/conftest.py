"""Generated examples: fewer of them, and no deadline, because test machines may be busy."""

from hypothesis import settings

settings.register_profile("weft-tools", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("weft-tools")
