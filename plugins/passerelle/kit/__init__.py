"""The partner's kit: what someone who must send a feed is given, made from its contract."""
