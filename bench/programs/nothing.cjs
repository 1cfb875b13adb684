// Node, and nothing.
