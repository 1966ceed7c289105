"""The survey six months after leaving: whom to ask, drawn so that anyone can draw the same again, and how to reach them, kept apart."""
