"""What every recipe uses: the loop, the command line, the card, byte-pair encoding, Muon."""
