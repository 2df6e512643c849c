"""The counting rules, one room each (V1). A rule reads folded papers and knows no ballot, store or clock."""
