"""Pure decisions: values in, values out. Imports the standard library alone."""
