"""The command line: `passerelle`, its sub-commands, and what they print."""
