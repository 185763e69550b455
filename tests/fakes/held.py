"""How much something keeps: for tests that a long session keeps no more than a short one."""

import gc
import types

_SHARED = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType)


def objects_held(by: object) -> int:
    """Count the objects that can be reached from an object."""
    seen = {id(by)}
    to_look_at = [by]
    while to_look_at:
        for inside in gc.get_referents(to_look_at.pop()):
            if id(inside) not in seen and not isinstance(inside, _SHARED):
                seen.add(id(inside))
                to_look_at.append(inside)
    return len(seen)
