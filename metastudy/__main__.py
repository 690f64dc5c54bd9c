"""``python -m metastudy`` is the command line."""


def main() -> None:
    """Run the command line; a user who stops it, also while it is loaded, sees no traceback."""
    try:
        from metastudy.cli import main as command

        command()
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
