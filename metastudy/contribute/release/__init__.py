"""A release of the data: one folder of tables, figures, answers, notebooks and metadata."""
