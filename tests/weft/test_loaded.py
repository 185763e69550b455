import gc
import weakref

from weft.loaded import spare_what_is_loaded


class Knot:
    def __init__(self) -> None:
        self.itself = self


def test_collections_pass_over_what_was_loaded_and_still_find_what_comes_later() -> None:
    loaded = Knot()
    spare_what_is_loaded.cache_clear()
    spare_what_is_loaded()
    try:
        assert not any(each is loaded for each in gc.get_objects())
        later = Knot()
        gone = weakref.ref(later)
        del later
        gc.collect()
        assert gone() is None
    finally:
        gc.unfreeze()
        spare_what_is_loaded.cache_clear()
