"""Small templates, one construct each."""
CONTEXT = {}
EXPRESSIONS = ["{{ 1 }}"]
