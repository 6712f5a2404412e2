"""The page of a recording: where its time went, as a flame."""
