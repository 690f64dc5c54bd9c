"""What a spectrum shows without a circuit."""
