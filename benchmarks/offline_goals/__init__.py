"""The evaluation set of the model ``offline``: goals, a world that they run in, and a judge."""
