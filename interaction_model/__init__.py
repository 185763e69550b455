"""The interaction model: small, local, present in every micro-turn. The only torch in the house.

`types`, `config` and `scripted` load without torch; everything that computes is imported on use.
"""
