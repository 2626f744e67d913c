"""The command line. Every command is a thin face of ``Lab``; errors end with the exit code of their class."""
