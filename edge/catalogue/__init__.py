"""Products at the till: what a code means, what it costs now, and search by name, pinyin initials or code."""
