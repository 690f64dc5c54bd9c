"""What people who add data use: an empty study to fill, and what a change of data changes."""
