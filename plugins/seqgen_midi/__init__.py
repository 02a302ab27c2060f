"""Music in MIDI files: what seqgen reads, learns, writes and plays of it."""
