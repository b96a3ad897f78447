"""The command `idp`, also as `python -m idp`."""


def main() -> None:
    """Run the command line, which loads only here: a server process imports this module as well."""
    from idp.cli import main as run

    run()


if __name__ == "__main__":
    main()
