"""What the fabric is measured by: ``python -m benchmarks QUESTION``.

Each question runs ours, its peer and the limit of the machine in turns, on one real Odoo.
docs/reference/benchmarks.md says what each question measures.
"""
