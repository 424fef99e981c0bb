"""What is looked for in a split as a whole: each check tells what it found, passed ones too."""
