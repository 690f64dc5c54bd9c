"""What a study that is not made yet could tell."""
