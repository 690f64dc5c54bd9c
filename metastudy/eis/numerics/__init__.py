"""Linear algebra without impedance in it."""
