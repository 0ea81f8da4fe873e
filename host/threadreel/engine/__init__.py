"""The download engine: URLs in, verified files and a report out. Knows nothing of browsers' messages or JSON.

``engine`` is all that others see; ``base_wiring`` and ``job_wiring`` put the parts together. Each folder says what it is for,
and ``tests/test_imports.py`` which of them may know which.
"""
