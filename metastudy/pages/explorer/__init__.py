"""The explorer: one offline page in which an interface is found, compared, cited and corrected."""
