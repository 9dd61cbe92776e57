"""`python -m agent` is the `casework` command."""

from agent.cli import main

if __name__ == "__main__":
    main()
