"""Numbers with units near the words of this field, proposed as rows from the text of a paper."""
