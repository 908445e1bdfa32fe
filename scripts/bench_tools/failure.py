"""The one error that is meant for whoever runs a benchmark."""


class Failure(Exception):
    """Its message says what is wrong and what to do; it is printed without a traceback."""
