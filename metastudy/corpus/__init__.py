"""From files on disk to validated records."""
