"""Equations of the founding papers: arrays in, arrays out, with units, signs and sources.

Names are loaded when they are first used. A source in a docstring is a key of ``docs/physics.md``.
The line of de Levie for a porous contact and the brick layer of grains stand in ``metastudy.eis``.
"""
