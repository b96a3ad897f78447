"""The command `idp`, also as `python -m idp`."""

from idp.cli import main

if __name__ == "__main__":
    main()
