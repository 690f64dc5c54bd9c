"""What people who add data use."""
