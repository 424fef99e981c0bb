"""One file a page; each says in its title what the data show."""
