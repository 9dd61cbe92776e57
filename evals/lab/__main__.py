"""`python -m evals.lab` is `casework prompt`."""

from evals.lab.cli import app

if __name__ == "__main__":
    app()
